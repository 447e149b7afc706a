import assert from "node:assert/strict";
import fc from "fast-check";
import type { Built, WrittenRule } from "../../../components/scripts/routes.mjs" with {
  "resolution-mode": "import",
};
import type { UpstreamOptions, UpstreamProtocol } from "../../../documents/rules/upstreamOptions";
import { enabledHandlers, oathkeeperConfig } from "../../../documents/oathkeeper/config";
import { script, scriptOptions } from "../../routesScript";
import { writtenGroup, writtenRules, writtenSentinel } from "../../writtenRules";
import { assertPinned } from "../documents/pinned";

const options = scriptOptions({
  authorities: { internal: { configMapName: "internal", key: "ca.crt" } },
  clientCertificates: { proxy: { secretName: "proxy", namespaces: ["team"] } },
  credentials: {
    basic: { kind: "basic", secretName: "basic", namespaces: ["team"] },
    key: { kind: "header", secretName: "key", key: "key", header: "X-Api-Key", namespaces: ["team"] },
    others: { kind: "header", secretName: "key", key: "key", namespaces: ["other"] },
    empty: { kind: "header", secretName: "empty", key: "key", namespaces: ["team"] },
  },
});
const secret = `a "secret" \\ $b {c} }; #`;
const read = (file: string) =>
  file.includes("/empty/") ? undefined : file.endsWith("/username") ? "admin" : secret;
const search = ["portcullis.svc.cluster.local", "svc.cluster.local", "cluster.local"];

const [plain] = writtenRules("plain");

async function build(rules: readonly WrittenRule[], former: readonly WrittenRule[] = []): Promise<Built> {
  return (await script).default.build(rules, former, "v1", options, search, read);
}

const everything: UpstreamOptions = {
  timeouts: { connect: "2s", read: "30s", send: "1m" },
  tls: { serverName: "grafana.internal", authorities: "internal", clientCertificate: "proxy" },
  maxBodySize: "20m",
  buffering: true,
  credentials: "basic",
};
const asked = (name: string, upstreamOptions: UpstreamOptions & UpstreamProtocol, url?: string) =>
  writtenRules(name, { upstreamOptions }, url);

const judgedBy = ({ rules }: Built) => JSON.parse(rules) as WrittenRule[];

describe("the routes of the rules", () => {
  it("are the pinned configuration, and Oathkeeper's copy of the rules", async () => {
    const built = await build([
      writtenSentinel,
      ...writtenRules("grafana", {
        access: { emails: ["alice@example.com"] },
        publicPaths: [
          { path: "/healthz", match: "exact" },
          { path: "/static", match: "prefix" },
        ],
        headers: { "X-Scope-OrgID": "team-a", "X-Odd": `"a" \\ $b {c} }; #` },
      }),
      ...writtenRules("ci", {
        machines: {
          issuer: "https://ci.example.com",
          audience: "ci",
          jwksUrl: "https://ci.example.com/keys",
        },
        identity: "signedJwt",
        preserveHost: false,
      }),
      ...writtenRules("graphs", {
        host: "tools.apps.example.com",
        paths: ["/graphs.v1"],
        stripPath: true,
        publicPaths: [{ path: "/graphs.v1/healthz", match: "exact" }],
      }),
      ...writtenRules("logs", {
        host: "tools.apps.example.com",
        paths: ["/logs", "/traces"],
        publicPaths: [{ path: "/logs/static", match: "prefix" }],
      }),
      ...writtenRules("oncall", { access: { groups: ["sre", "ops"], emails: ["boss@example.com"] } }),
      writtenGroup("sre", { emails: ["alice@example.com", "bob@example.com"], domains: ["sre.example.com"] }),
      writtenGroup("ops", { emails: ["bob@example.com"] }),
      ...writtenRules("secure", {}, "https://secure.example.com/app/"),
      ...writtenRules("alone", {}, "http://grafana.team.svc:8080"),
      ...asked("everything", everything, "https://grafana.team.svc:8080"),
      ...asked("key", { credentials: "key" }),
      ...asked("calls", { protocol: "grpc", timeouts: everything.timeouts ?? {}, credentials: "key" }),
      ...asked(
        "secure-calls",
        { ...everything, protocol: "grpc", buffering: false },
        "https://calls.team.svc",
      ),
    ]);
    assert.deepEqual(built.leftOut, {});
    assertPinned("routes.conf", built.configuration, __dirname);
    assertPinned("routes-rules.json", judgedBy(built), __dirname);
  });

  it("open no path that is not the rule's own", async () => {
    const publicPaths = [{ path: "/b/healthz", match: "exact" }] as const;
    const [rule] = writtenRules("a", { publicPaths });
    assert.ok(rule);
    const of = async (path: string) => {
      const url = rule.match.url.replace("/<**>", path);
      return (await build([{ ...rule, match: { ...rule.match, url } }])).leftOut;
    };
    for (const path of ["/<**>", "/b/<**>", "/<{b,b/**}>", "/b/healthz"])
      assert.deepEqual(await of(path), {});
    for (const path of ["/a/<**>", "/<{a,a/**}>", "/b", "/b/healthz/<**>"])
      assert.deepEqual(await of(path), { "a.team": "its public path /b/healthz is none of its match.url" });
  });

  it("pass every rule to Oathkeeper, with only handlers that it has", async () => {
    const config = oathkeeperConfig({
      sessionCheckUrl: "http://127.0.0.1:4457/sessions/whoami",
      sessionCookie: "ory_kratos_session",
      secondFactor: "off",
      signer: { issuer: "https://auth.apps.example.com", keyFile: "/k" },
    });
    const rules = [
      writtenSentinel,
      ...writtenRules("a", {
        access: { domains: ["example.com"] },
        publicPaths: [{ path: "/healthz", match: "exact" }],
      }),
      ...writtenRules("b", {
        machines: { issuer: "https://ci.example.com", audience: "a", jwksUrl: "https://ci.example.com/keys" },
        identity: "signedJwt",
      }),
    ];
    const built = await build(rules);
    assert.deepEqual(built.leftOut, {});
    assert.equal(judgedBy(built).length, rules.length);
    for (const { authenticators, authorizer, mutators } of judgedBy(built)) {
      for (const { handler } of authenticators) assert.ok(handler in config.authenticators, handler);
      assert.ok(authorizer.handler in config.authorizers, authorizer.handler);
      for (const { handler } of mutators) assert.ok(handler in config.mutators, handler);
      assert.ok(
        mutators.some(({ handler }) => handler === "header"),
        "who asks is always told",
      );
    }
    for (const kind of ["authenticators", "authorizers", "mutators"] as const)
      for (const handler of Object.keys(config[kind]))
        assert.ok((enabledHandlers[kind] as readonly string[]).includes(handler), handler);
  });

  it("rename a rule with every change, so that no remembered decision applies to it", async () => {
    assert.ok(plain);
    const nameOf = async (rule: WrittenRule) => judgedBy(await build([rule]))[0]?.id;
    const name = await nameOf(plain);
    assert.match(name ?? "", /^plain\.team\.[0-9a-f]{12}$/);
    assert.equal(await nameOf({ ...plain }), name);
    for (const change of [
      { match: { ...plain.match, methods: ["GET"] } },
      { upstream: { url: "http://other.team.svc" } },
      { authorizer: { handler: "deny" } },
    ])
      assert.notEqual(await nameOf({ ...plain, ...change }), name);
  });

  it("keep former rules known while Oathkeeper uses them, but do not remember their decisions", async () => {
    assert.ok(plain);
    const changed = { ...plain, upstream: { url: "http://other.team.svc:8080" } };
    const [gone] = writtenRules("gone");
    assert.ok(gone);
    const built = await build([changed], [plain, gone]);
    const former = judgedBy(await build([plain, gone])).map(({ id }) => id);
    const [now] = judgedBy(built);
    assert.equal(judgedBy(built).length, 1);
    const routed = blockOf(built.configuration, "route");
    const current = blockOf(built.configuration, "former_rule");
    for (const id of former) assert.ok(routed.includes(`"=${id}" route`), id);
    assert.ok(routed.includes(`"=${now?.id}" route`));
    assert.deepEqual(
      [...current.matchAll(/"=(.*)" "";/g)].map(([, id]) => id),
      [now?.id],
    );
    assert.doesNotMatch(blockOf(built.configuration, "keyed_path"), /gone/);
  });

  it("resolve upstreams by full names, each address once", async () => {
    const { configuration } = await build([
      ...writtenRules("a", {}, "http://grafana.team.svc"),
      ...writtenRules("b", {}, "http://grafana.team.svc:80"),
      ...writtenRules("c", {}, "http://grafana.team"),
      ...writtenRules("d", {}, "http://grafana"),
      ...writtenRules("e", {}, "https://grafana.example.com"),
      ...writtenRules("f", {}, "http://10.1.2.3:8080"),
      ...writtenRules("g", {}, "http://[fd00::1]:8080"),
      ...writtenRules("h", {}, "http://grafana.team.svc.cluster.local"),
      ...writtenRules("i", {}, "http://[1:2:3:4:5:6:7:8]"),
    ]);
    assert.deepEqual(
      [...configuration.matchAll(/^ {2}server (.*) max_fails=0;$/gm)].map(([, to]) => to),
      [
        "grafana.team.svc.cluster.local:80 resolve",
        "grafana.portcullis.svc.cluster.local:80 resolve",
        "grafana.example.com:443 resolve",
        "10.1.2.3:8080",
        "[fd00::1]:8080",
        "[1:2:3:4:5:6:7:8]:80",
      ],
    );
  });

  it("leave out rules that they cannot judge or that lead to the pod itself, and keep all others", async () => {
    assert.ok(plain);
    const [other] = writtenRules("other");
    assert.ok(other);
    const bad: Readonly<Record<string, Partial<WrittenRule>>> = {
      "an authenticator": { authenticators: [{ handler: "noop" }] },
      "a configured session check": {
        authenticators: [{ handler: "cookie_session", config: { check_session_url: "http://evil" } }],
      },
      "foreign public paths": {
        authenticators: [{ handler: "bearer_token", config: { check_session_url: "http://evil/?exact=/" } }],
      },
      "odd public paths": {
        authenticators: [
          {
            handler: "bearer_token",
            config: { check_session_url: `${options.publicPathsPrefix}exact=/a";b` },
          },
        ],
      },
      "public paths twice": {
        authenticators: [
          {
            handler: "bearer_token",
            config: { check_session_url: `${options.publicPathsPrefix}exact=/a&exact=/b` },
          },
        ],
      },
      "an authorizer": { authorizer: { handler: "remote_json", config: { remote: "http://evil/" } } },
      "a mutator": { mutators: [{ handler: "hydrator" }] },
      "a cookie of its own": { mutators: [{ handler: "cookie", config: { cookies: { a: "b" } } }] },
      "a template": { mutators: [{ handler: "header", config: { headers: { A: "{{ .Subject }}" } } }] },
      "a header's name": { mutators: [{ handler: "header", config: { headers: { "A B": "c" } } }] },
      "a line break": { mutators: [{ handler: "header", config: { headers: { A: "b\nc" } } }] },
      "a host that is a pattern": { match: { url: "https://<**>.example.com/<**>", methods: ["GET"] } },
      "no method": { match: { ...plain.match, methods: ["GET }"] } },
      "a port": { upstream: { url: "http://a.b.svc:99999" } },
      "a quote": { upstream: { url: 'http://a.b.svc/";' } },
      ...Object.fromEntries(
        [
          "127.0.0.1",
          "127.1",
          "localhost",
          "LOCALHOST",
          "a.localhost",
          "[::1]",
          "[::]",
          "0.0.0.0",
          "[::ffff:127.0.0.1]",
          // For an address that is none, nginx would refuse all routes.
          "10.0.0.1.",
          "1.1.1.1.1",
          "999.1.1.1",
          "[fd00:::1]",
          "[fd00:1]",
          "[1:2:3:4:5:6:7:8:9]",
        ].map((host) => [host, { upstream: { url: `http://${host}:4456` } }]),
      ),
    };
    for (const [what, change] of Object.entries(bad)) {
      const built = await build([{ ...plain, id: "bad.team", ...change }, other]);
      assert.deepEqual(Object.keys(built.leftOut), ["bad.team"], what);
      assert.deepEqual({ ...built, leftOut: {} }, await build([other]), what);
    }
  });

  it("separate connections to one address with different TLS options or protocols", async () => {
    const url = "https://grafana.team.svc:8443";
    const { configuration, leftOut } = await build([
      ...asked("a", {}, url),
      ...asked("b", { timeouts: { read: "9s" } }, url),
      ...asked("plain", {}, url.replace("https", "http")),
      ...asked("unverified", { tls: { verify: false } }, url),
      ...asked("named", { tls: { serverName: "grafana.internal" } }, url),
      ...asked("shown", { tls: { clientCertificate: "proxy" } }, url),
      ...asked("calls", { protocol: "grpc" }, url),
    ]);
    assert.deepEqual(leftOut, {});
    const pools = [...configuration.matchAll(/_pass (?:http|grpc)s?:\/\/(\w+);/g)].map(([, pool]) => pool);
    assert.deepEqual(
      pools,
      [0, 0, 1, 2, 3, 4, 5].map((number) => `upstream${number}`),
    );
  });

  it("leave out rules with options that the gateway does not grant or does not know", async () => {
    const url = "https://grafana.team.svc:8443";
    const [team] = asked("one", { credentials: "others" }, url);
    const [gatewayRule] = asked("two", { credentials: "others" }, url);
    assert.ok(team && gatewayRule);
    const { leftOut } = await build([
      team,
      { ...gatewayRule, id: "two.portcullis" },
      ...asked("absent", { credentials: "empty" }, url),
      ...asked("unknown", { tls: { authorities: "nobody" } }, url),
      ...asked("property", { credentials: "constructor" }, url),
      ...asked("plain", { tls: { verify: false } }),
      ...asked("path", { protocol: "grpc" }, "http://grafana.team.svc/app"),
      ...asked("buffered", { protocol: "grpc", buffering: true }),
      ...writtenRules("stripped", { upstreamOptions: { protocol: "grpc" }, paths: ["/a"], stripPath: true }),
      ...[
        { readTimeout: "5s; deny all" },
        { readTimeout: 5 },
        { proxy_pass: "x" },
        { constructor: "x" },
        { tlsVerify: "on" },
        { tlsServerName: "a b" },
      ].map((config, index) => ({
        ...team,
        id: `odd-${index}.team`,
        mutators: [...team.mutators.slice(0, -1), { handler: "noop", config }],
      })),
    ]);
    assert.deepEqual(Object.keys(leftOut), [
      ...["one.team", "absent.team", "unknown.team", "property.team", "plain.team"],
      ...["path.team", "buffered.team", "stripped.team"],
      ...[0, 1, 2, 3, 4, 5].map((index) => `odd-${index}.team`),
    ]);
    assert.doesNotMatch(JSON.stringify(leftOut), /a \\"secret/);
  });

  it("have the same form whatever a rule contains", async () => {
    const { default: routes } = await script;
    const shape = (text: string) =>
      text.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""').replaceAll(/[0-9a-f]{12}/g, "");
    assert.ok(plain);
    const text = fc.string({ maxLength: 20, unit: fc.constantFrom(..."ab$\"\\{};'#\n\r\t\0 é%".split("")) });
    const withHeader = (value: string): WrittenRule => ({
      ...plain,
      mutators: [{ handler: "header", config: { headers: { "X-Any": value } } }],
    });
    const built = (rule: WrittenRule) => routes.build([rule], [], "v1", options, search, read);
    const usual = shape(built(withHeader("usual")).configuration);
    fc.assert(
      fc.property(text, (value) => {
        const { configuration, leftOut } = built(withHeader(value));
        if (Object.keys(leftOut).length === 0) assert.equal(shape(configuration), usual);
        else assert.doesNotMatch(configuration, /X-Any/);
      }),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(text, text, text, (id, host, path) => {
        const { configuration, leftOut } = built({
          ...plain,
          id,
          upstream: { url: `http://${host}/${path}` },
        });
        if (Object.keys(leftOut).length > 0) assert.doesNotMatch(configuration, /@route/);
        else for (const odd of ['"', ";", "{", "\n"]) assert.ok(!(id + host + path).includes(odd), odd);
      }),
      { numRuns: 500 },
    );
  });
});

function blockOf(configuration: string, variable: string): string {
  return new RegExp(`^map \\S.* \\$${variable} \\{\\n[^}]*\\}`, "m").exec(configuration)?.[0] ?? "";
}
