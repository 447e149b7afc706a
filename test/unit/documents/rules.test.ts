import assert from "node:assert/strict";
import fc from "fast-check";
import { authority, hostProblems, parseDomain, type Domain } from "../../../documents/oathkeeper/hosts";
import type { UpstreamHeaders } from "../../../documents/oathkeeper/headers";
import { urlPattern } from "../../../documents/oathkeeper/patterns";
import { accessRules, type AccessPolicy } from "../../../documents/oathkeeper/accessRules";
import { usualMethods } from "../../../documents/oathkeeper/ruleSpec";
import { sentinelRule } from "../../../documents/oathkeeper/sentinel";
import { matches } from "./glob";

const domain = parseDomain("portcullis.localhost:8080");
const upstreamUrl = "http://vmagent.monitoring.svc:8429";

const label = fc.stringMatching(/^[a-z0-9](?:[a-z0-9-]{0,6}[a-z0-9])?$/);
const hostIn = (zone: Domain) =>
  fc
    .array(label, { minLength: 1, maxLength: 3 })
    .map((labels) => [...labels, zone.name].join("."))
    .filter((host) => hostProblems(zone, [{ path: "host", host }]).length === 0);
const hosts = fc
  .tuple(hostIn(domain), fc.array(hostIn(domain), { maxLength: 2 }))
  .map(([first, more]): [string, ...string[]] => [first, ...more]);

describe("URL pattern", () => {
  it("is literal except for the path", () => {
    assert.equal(
      urlPattern("http", ["vmagent.portcullis.localhost"], domain),
      "http://vmagent.portcullis.localhost:8080/<**>",
    );
    assert.equal(
      urlPattern("https", ["a.example.com", "b.example.com"], { name: "example.com" }),
      "https://<{a.example.com,b.example.com}>/<**>",
    );
  });

  it("matches every path of its hosts", () => {
    fc.assert(
      fc.property(hosts, fc.string({ unit: "binary" }), (names, path) => {
        const pattern = urlPattern("https", names, domain);
        for (const name of names) assert.ok(matches(pattern, `https://${authority(name, domain)}/${path}`));
      }),
    );
  });

  it("matches no look-alike: another scheme, port, host, suffix or prefix", () => {
    const noise = fc.oneof(
      fc.string({ minLength: 1, maxLength: 12 }),
      fc.constantFrom(".evil.example", "@evil.example", ".", "/", "x", "*", "<**>", "{", ":8080", "\n"),
    );
    fc.assert(
      fc.property(hosts, noise, fc.nat(), (names, extra, at) => {
        const pattern = urlPattern("https", names, domain);
        const real = authority(names[0], domain);
        const position = at % (real.length + 1);
        const lookAlike = real.slice(0, position) + extra + real.slice(position);
        const allowed = names.map((name) => `${authority(name, domain)}/`);
        if (!allowed.some((start) => `${lookAlike}/`.startsWith(start)))
          assert.ok(!matches(pattern, `https://${lookAlike}/`), lookAlike);
        assert.ok(!matches(pattern, `http://${real}/`));
        assert.ok(!matches(pattern, `https://${names[0]}/`));
        assert.ok(!matches(pattern, `https://${real}`));
      }),
    );
  });

  it("matches a dot only literally", () => {
    const pattern = urlPattern("http", ["vmagent.portcullis.localhost"], domain);
    assert.ok(!matches(pattern, "http://vmagentxportcullis.localhost:8080/"));
  });

  it("refuses a host with a character that has a meaning in a pattern", () => {
    for (const character of "<>{},*?[]!\\/:@ \nA")
      assert.throws(() => urlPattern("http", [`a${character}b.portcullis.localhost`], domain), RangeError);
  });
});

describe("access rule", () => {
  const input = { scheme: "http", domain, hosts: ["vmagent.portcullis.localhost"] } as const;
  const rulesOf = (policy: AccessPolicy) =>
    accessRules({ ...input, ...policy }).map(({ suffix, withUpstream }) => ({
      suffix,
      ...withUpstream(upstreamUrl),
    }));

  it("requires a session, and sends the identity instead of the cookie", () => {
    assert.deepEqual(rulesOf({}), [
      {
        suffix: "",
        match: {
          url: "http://vmagent.portcullis.localhost:8080/<**>",
          methods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
        },
        upstream: { url: upstreamUrl, preserveHost: true },
        authenticators: [{ handler: "cookie_session" }],
        authorizer: { handler: "allow" },
        mutators: [{ handler: "header" }, { handler: "cookie" }],
      },
    ]);
  });

  it("uses the given methods and preserveHost", () => {
    const [rule] = accessRules({ ...input, methods: ["GET"], preserveHost: false });
    const { match, upstream } = rule.withUpstream(upstreamUrl);
    assert.deepEqual(match.methods, ["GET"]);
    assert.equal(upstream.preserveHost, false);
  });

  it("matches the given paths, and strips one only with stripPath", () => {
    const [rule] = accessRules({ ...input, paths: ["/prometheus"], stripPath: true });
    const { match, upstream } = rule.withUpstream(upstreamUrl);
    assert.equal(match.url, "http://vmagent.portcullis.localhost:8080/<{prometheus,prometheus/**}>");
    assert.deepEqual(upstream, { url: upstreamUrl, preserveHost: true, stripPath: "/prometheus" });
    const [whole] = accessRules({ ...input, paths: ["/prometheus"] });
    assert.ok(!("stripPath" in whole.withUpstream(upstreamUrl).upstream));
  });

  it("adds the given headers to the identity headers, with a revision that changes with them", () => {
    const publicPaths = [{ path: "/healthz", match: "exact" }] as const;
    const of = (headers: UpstreamHeaders) => accessRules({ ...input, publicPaths, headers });
    for (const { withUpstream } of of({ "X-Env": "prod" }))
      assert.deepEqual(withUpstream(upstreamUrl).mutators, [
        { handler: "header", config: { headers: { "X-Env": "prod", X_Env: "" } } },
        { handler: "cookie" },
      ]);
    const revisions = [{ "X-Env": "prod" }, { "X-Env": "test" }].map((headers) => of(headers)[0].revision);
    assert.notEqual(revisions[0], revisions[1]);
  });

  it("has no revision and the same document as before without headers", () => {
    const none = accessRules({ ...input, headers: {} })[0];
    assert.equal(none.revision, "");
    assert.deepEqual(none.withUpstream(upstreamUrl), accessRules(input)[0].withUpstream(upstreamUrl));
  });
});

describe("sentinel rule", () => {
  it("matches no URL that can be requested, and denies", () => {
    fc.assert(
      fc.property(fc.constantFrom("http", "https"), fc.string(), fc.string(), (scheme, host, path) => {
        assert.ok(!matches(sentinelRule.match.url, `${scheme}://${host}/${path}`));
      }),
    );
    assert.equal(sentinelRule.authorizer.handler, "deny");
    assert.ok(usualMethods.includes(sentinelRule.match.methods[0] ?? "GET"));
  });
});
