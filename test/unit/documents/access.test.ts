import assert from "node:assert/strict";
import fc from "fast-check";
import { authorizeContext } from "../../../documents/nginx/authorize";
import { authorizeUrl } from "../../../documents/rules/authorize";
import { queryEscape } from "../../../documents/rules/requiredClaims";
import { requestContext, routedRequests } from "../../../documents/nginx/requests";
import { accessProblems, type Access } from "../../../documents/oathkeeper/access";
import type { Claims } from "../../../documents/rules/claims";
import { bearerTokensProblems } from "../../../documents/oathkeeper/bearerTokens";
import { multiTenantIssuers } from "../../../documents/oathkeeper/multiTenantIssuers";
import type { NonEmpty } from "../../../documents/shared/nonEmpty";
import {
  groupByMethods,
  publicPathProblems,
  type PublicPath,
} from "../../../documents/oathkeeper/publicPaths";
import { accessRules, accessPolicyProblems } from "../../../documents/oathkeeper/accessRules";
import { usualMethods, type Method } from "../../../documents/oathkeeper/ruleSpec";
import { isLetThrough } from "./listedPeople";
import { NginxMaps } from "./nginxMaps";

const argumentsOf = (url: string) =>
  Object.fromEntries(
    new URL(url).search
      .slice(1)
      .split("&")
      .map((part) => {
        const [name = "", ...value] = part.split("=");
        return [`access_${name}`, value.join("=")];
      }),
  );

describe("access to a service", () => {
  const everybodyMay = (visitor: Readonly<Record<string, string>>) =>
    new NginxMaps(authorizeContext, { ...argumentsOf(authorizeUrl()), ...visitor }).value("allowed") !== "";
  const person = (email: string) => ({
    visitor_is_known: "1",
    visitor_email: queryEscape(email),
  });
  const word = fc.stringMatching(/^[a-z.,+'"%$^()*_-]{1,6}$/);
  const domain = fc.constantFrom<string>(
    "a.example",
    "b.a.example",
    "xa.example",
    "a.example.b",
    "a%example",
  );
  const email = fc.tuple(word, domain).map((parts) => parts.join("@"));

  it("is granted to exactly the listed addresses and domains, whatever characters they contain", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(email, { maxLength: 4 }),
        fc.array(domain, { maxLength: 2 }),
        email,
        async (...given) => {
          const [emails, domains, asking] = given;
          if (emails.length + domains.length === 0) return;
          const listed = emails.includes(asking) || domains.includes(asking.split("@")[1] ?? "");
          assert.equal(await isLetThrough({ emails, domains }, person(asking)), listed);
          for (const entry of emails)
            assert.ok(await isLetThrough({ emails, domains }, person(entry)), entry);
        },
      ),
    );
  });

  it("is refused to an address that only resembles a listed one", async () => {
    const lists = { emails: ["alice@example.com"], domains: ["corp.example"] };
    for (const address of [
      "xalice@example.com",
      "alice@example.com.evil.example",
      "alice@example.co",
      "alice@example.com@evil.example",
      "eve@xcorp.example",
      "eve@sub.corp.example",
      "eve@corp.example@evil.example",
      "eve@corp.example.evil.example",
      "corp.example",
      ",",
      "",
    ])
      assert.ok(!(await isLetThrough(lists, person(address))), address);
  });

  it("is granted by lists in any letter case, because the claims mapper writes addresses in lower case", async () => {
    const lists = { emails: ["Alice@Example.com"], domains: ["Corp.Example"] };
    assert.ok(await isLetThrough(lists, person("alice@example.com")));
    assert.ok(await isLetThrough(lists, person("eve@corp.example")));
  });

  it("is refused to a program with a verified token when the Rule names no claims", async () => {
    const program = {
      visitor_is_known: "1",
      visitor_has_token: "1",
      visitor_claims: "&iss=https%3A%2F%2Fci.example.com&",
    };
    assert.ok(!everybodyMay(program));
    assert.ok(!(await isLetThrough({ emails: ["alice@example.com"] }, program)));
  });

  it("is granted to every signed-in user when there are no lists, and to nobody else", () => {
    assert.ok(everybodyMay(person("")));
    assert.ok(!everybodyMay({}));
  });

  it("is reported when it admits nobody, has a malformed entry or has more than 200 entries", () => {
    const reasons = (access: Access) =>
      accessProblems("access", access).map(({ path, reason }) => [path, reason]);
    assert.deepEqual(reasons({ emails: ["alice@example.com"], domains: ["example.com"] }), []);
    assert.deepEqual(reasons({}), [["access", "admits nobody"]]);
    assert.deepEqual(reasons({ emails: [], domains: ["@example.com"] }), [
      ["access.domains[0]", "is not a domain"],
    ]);
    assert.deepEqual(reasons({ groups: ["sre"] }), []);
    assert.deepEqual(reasons({ groups: ["SRE team"] }), [["access.groups[0]", "is not a name of a group"]]);
    assert.deepEqual(reasons({ emails: ["alice"] }), [["access.emails[0]", "is not an e-mail address"]]);
    const many = Array.from({ length: 201 }, (_, at) => `a${at}@example.com`);
    assert.match(reasons({ emails: many })[0]?.[1] ?? "", /more than 200 entries/);
    const groups = (length: number) => Array.from({ length: 100 }, (_, at) => `${"g".repeat(length)}${at}`);
    assert.deepEqual(reasons({ groups: groups(37) }), []);
    assert.match(reasons({ groups: groups(39) })[0]?.[1] ?? "", /names of groups of more than 4088 char/);
  });
});

describe("public paths", () => {
  const context = requestContext("ory_kratos_session");
  const isPublic = (paths: readonly PublicPath[], path: string, method: Method = "GET") => {
    const group = groupByMethods(paths, usualMethods).find(({ methods }) => methods.includes(method));
    assert.ok(group);
    const variables = {
      public_exact_paths: group.paths.exact.join(","),
      public_prefix_paths: group.paths.prefix.join(","),
      request_uri: `${path}?from=/`,
    };
    return new NginxMaps(context + routedRequests, variables).value("public") !== "";
  };
  const segment = fc.stringMatching(/^[a-c.-]{1,3}$/).filter((text) => !/^\.{1,2}$/.test(text));
  const plain = fc
    .array(segment, { minLength: 1, maxLength: 3 })
    .map((segments): `/${string}` => `/${segments.join("/")}`);
  const publicPath = fc.record({
    path: plain,
    match: fc.constantFrom("exact" as const, "prefix" as const),
  });

  it("are the exact paths and the prefixes with everything below them, and no other path", () => {
    const anyPath = fc.oneof(plain, fc.stringMatching(/^\/[a-c./;%-]{0,8}$/));
    fc.assert(
      fc.property(
        fc.array(publicPath, { minLength: 1, maxLength: 4 }),
        anyPath,
        fc.nat(3),
        (paths, other, at) => {
          const asked = [other, ...paths.map(({ path }) => path), `${paths[at]?.path ?? ""}${other}`];
          for (const path of asked) {
            const named = paths.some(
              (one) => path === one.path || (one.match === "prefix" && path.startsWith(`${one.path}/`)),
            );
            const segments = path.split("/").slice(1);
            const odd =
              segments.some(
                (text, index) => /^\.{1,2}$/.test(text) || (text === "" && index < segments.length - 1),
              ) || /;|%(2[ef5]|3b|5c|7f|[01][0-9a-f])/i.test(path);
            assert.equal(isPublic(paths, path), named && !odd, `${path} of ${JSON.stringify(paths)}`);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it("are open only for their own methods, by default GET and HEAD", () => {
    const paths = [
      { path: "/healthz", match: "exact" },
      { path: "/hooks", match: "prefix", methods: ["POST"] },
    ] as const;
    const rules = accessRules({
      scheme: "https",
      domain: { name: "example.com" },
      hosts: ["ci.example.com"],
      publicPaths: paths,
    }).map(({ suffix, withUpstream }) => ({ suffix, ...withUpstream("http://ci.ci.svc") }));
    assert.deepEqual(
      rules.map(({ suffix, match, authenticators: [authenticator] }) => ({
        suffix,
        methods: match.methods,
        asks:
          authenticator?.handler === "bearer_token"
            ? authenticator.config.check_session_url
            : authenticator?.handler,
      })),
      [
        { suffix: "", methods: ["GET", "HEAD"], asks: "http://127.0.0.1:4460/?exact=/healthz" },
        { suffix: "-post", methods: ["POST"], asks: "http://127.0.0.1:4460/?prefix=/hooks" },
        {
          suffix: "-put-patch-delete-options",
          methods: ["PUT", "PATCH", "DELETE", "OPTIONS"],
          asks: "cookie_session",
        },
      ],
    );
  });

  it("never let two rules of a service match one method", () => {
    const methods = fc
      .subarray([...usualMethods], { minLength: 1 })
      .map((some) => some as unknown as NonEmpty<"GET">);
    fc.assert(
      fc.property(
        fc.array(fc.record({ path: plain, match: fc.constant("exact" as const), methods })),
        (paths) => {
          const groups = groupByMethods(paths, usualMethods);
          assert.deepEqual(groups.flatMap((group) => group.methods).sort(), [...usualMethods].sort());
        },
      ),
    );
  });

  it("may be every path for OPTIONS, but for no other method", () => {
    const paths = [{ path: "/", match: "prefix", methods: ["OPTIONS"] }] as const;
    assert.deepEqual(publicPathProblems("publicPaths", paths, usualMethods), []);
    for (const path of ["/", "/a", "/a/b.c"]) {
      assert.ok(isPublic(paths, path, "OPTIONS"), path);
      assert.ok(!isPublic(paths, path), path);
    }
    for (const path of ["//", "/a//b", "/a/../b", "/a%2fb"])
      assert.ok(!isPublic(paths, path, "OPTIONS"), path);
    const [wider] = publicPathProblems("p", [{ ...paths[0], methods: ["OPTIONS", "GET"] }], usualMethods);
    assert.equal(wider?.reason, "opens the whole service");
  });

  const problems = (paths: readonly PublicPath[], methods = usualMethods) =>
    publicPathProblems("publicPaths", paths, methods).map(({ path, reason }) => [path, reason]);

  it("are refused when they are not plain, open the whole service or overlap", () => {
    for (const path of ["/a//b", "/a%2fb", "/a b", "/a,b", "/a*", "/a;b", "/ä", "a", "//"])
      assert.deepEqual(problems([{ path: path as "/", match: "exact" }]), [
        ["publicPaths[0].path", "is not a plain path"],
      ]);
    for (const path of ["/a/..", "/./a", "/.."] as const)
      assert.deepEqual(problems([{ path, match: "exact" }]), [
        ["publicPaths[0].path", "has a segment of dots"],
      ]);
    assert.deepEqual(problems([{ path: "/", match: "prefix" }]), [
      ["publicPaths[0].path", "opens the whole service"],
    ]);
    assert.deepEqual(problems([{ path: "/a/", match: "prefix" }]), [
      ["publicPaths[0].path", "ends in a slash"],
    ]);
    assert.deepEqual(
      problems([
        { path: "/a", match: "prefix" },
        { path: "/a/b", match: "exact" },
      ]),
      [["publicPaths[1]", "covers requests that publicPaths[0] covers too"]],
    );
    assert.deepEqual(
      problems([
        { path: "/a", match: "prefix" },
        { path: "/ab", match: "exact" },
        { path: "/a/b", match: "exact", methods: ["POST"] },
        { path: "/", match: "exact" },
      ]),
      [],
    );
  });

  it("are refused for methods that the service does not let through", () => {
    const paths = [{ path: "/hook", match: "exact", methods: ["POST"] }] as const;
    assert.equal(problems(paths, ["GET"]).length, 1);
    assert.equal(problems([{ path: "/hook", match: "exact" }], ["POST"]).length, 1);
    assert.deepEqual(problems([{ path: "/hook", match: "exact" }], ["GET"]), []);
  });
});

describe("bearer tokens", () => {
  const good = {
    issuer: "https://ci.example.com",
    audience: "grafana",
    jwksUrl: "https://ci.example.com/keys",
  };

  it("accept a URL of keys only if it is https or names a Service of the cluster", () => {
    const reasons = (jwksUrl: string) =>
      bearerTokensProblems("machines", { ...good, jwksUrl }).map(({ reason }) => reason);
    assert.deepEqual(reasons(good.jwksUrl), []);
    assert.deepEqual(reasons("http://issuer.ci.svc:8080/keys"), []);
    assert.deepEqual(reasons("http://ci.example.com/keys"), [
      "is neither https nor a Service of the cluster",
    ]);
    assert.deepEqual(reasons("file:///etc/passwd"), ["is neither https nor a Service of the cluster"]);
    assert.deepEqual(reasons("keys"), ["is not a URL"]);
    for (const text of [
      "https://ci.example.com/a b",
      "https://ci.example.com/a\n",
      " https://ci.example.com/a",
    ])
      assert.deepEqual(reasons(text), ["is not a URL"]);
    for (const text of [
      "https://ci.example.com",
      "https://CI.example.com/keys",
      "https://ci.example.com\\keys",
      "https://169.254.169.254/keys",
      "https://[::1]/keys",
      "https://localhost/keys",
      "https://ci.example.com/keys#x",
      'https://ci.example.com/"{}',
    ])
      assert.match(reasons(text)[0] ?? "", /is not a name in lower case/, text);
    for (const text of [
      "https://ci.example.com:8443/",
      "https://a-b.c/x%2Fy?z=1&y=(2)",
      "https://k.iam.svc/keys",
    ])
      assert.deepEqual(reasons(text), []);
    assert.deepEqual(reasons("https://user:secret@ci.example.com"), ["contains credentials"]);
  });

  it("need an issuer and an audience", () => {
    const paths = accessPolicyProblems((property) => `services.a.${property}`, {
      machines: { ...good, issuer: "", audience: "a b" },
    }).map(({ path }) => path);
    assert.deepEqual(paths, ["services.a.machines.issuer", "services.a.machines.audience"]);
  });

  it("of service accounts need valid Kubernetes namespaces and names", () => {
    const reasons = (namespace: string, name: string) =>
      bearerTokensProblems("machines", { serviceAccounts: [{ namespace, name }], audience: "a" }).map(
        ({ path }) => path,
      );
    assert.deepEqual([reasons("ci", "deployer.v2").length, reasons("team.a", "deployer").length], [0, 1]);
    assert.deepEqual(reasons("ci:x", "*"), [
      "machines.serviceAccounts[0].namespace",
      "machines.serviceAccounts[0].name",
    ]);
  });

  it("of a multi-tenant issuer need a claim that names their owner", () => {
    const reasons = (issuer: string, claims?: Claims) =>
      bearerTokensProblems("machines", { ...good, issuer, ...(claims && { claims }) }).map(
        ({ path, reason }) => `${path} ${reason}`,
      );
    for (const { name, issuers, claims } of multiTenantIssuers)
      for (const issuer of issuers) {
        const wanted = `signs tokens with this issuer for every customer, and anyone who asks for one chooses its audience`;
        assert.deepEqual(reasons(issuer), [`machines.claims is missing: ${name} ${wanted}`]);
        assert.deepEqual(reasons(issuer, { ref: "main", realm: { sub: "x" } }), [
          `machines.claims names no owner: ${name} ${wanted}`,
        ]);
        for (const claim of claims) assert.deepEqual(reasons(issuer, { [claim]: "acme" }), []);
      }
    assert.deepEqual(reasons("https://ci.example.com"), []);
  });

  it("are refused when a | in the issuer would end it early in the id that the service receives", () => {
    const [problem] = bearerTokensProblems("machines", { ...good, issuer: "https://ci.example.com|x" });
    assert.match(problem?.reason ?? "", /ends the issuer/);
  });

  it("are checked before the session, against the given issuer, audience and keys", () => {
    const [rule] = accessRules({
      scheme: "https",
      domain: { name: "example.com" },
      hosts: ["a.example.com"],
      machines: good,
    });
    assert.deepEqual(rule.withUpstream("http://a.a.svc").authenticators, [
      {
        handler: "jwt",
        config: {
          trusted_issuers: [good.issuer],
          target_audience: [good.audience],
          jwks_urls: ["http://127.0.0.1:4462/https/ci.example.com/keys"],
        },
      },
      { handler: "cookie_session" },
    ]);
  });

  it("are checked for the issuer and then for their claims, even where everybody may use the service", () => {
    const [rule] = accessRules({
      scheme: "https",
      domain: { name: "example.com" },
      hosts: ["a.example.com"],
      machines: {
        ...good,
        claims: { repository: ["acme/app", "acme/a b"], email_verified: true, realm: { "a/b": "x;y" } },
      },
    });
    assert.deepEqual(rule.withUpstream("http://a.a.svc").authorizer, {
      handler: "remote_json",
      config: {
        remote:
          "http://127.0.0.1:4457/authorize?everybody=1&claims=iss=https%3A%2F%2Fci.example.com;" +
          "repository=acme%2Fapp=acme%2Fa+b;email_verified:true;realm/a%2Fb=x%3By;",
      },
    });
  });
});
