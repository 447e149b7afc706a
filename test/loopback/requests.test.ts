import assert from "node:assert/strict";
import { furtherMethods, usualMethods } from "../../documents/oathkeeper/ruleSpec";
import { droppedHeaders, refusedHeaders } from "../../documents/shared/trustedHeaders";
import { writtenRules } from "../writtenRules";
import { as, ProxyPod } from "./pod";
import { Upstream } from "./servers";

const upstream = `http://${Upstream.address}`;
const host = "app.apps.example.com";
const listed = "listed.apps.example.com";
const paths = "paths.apps.example.com";
const shared = "tools.apps.example.com";
/** Two such lists make a text that is longer than nginx reads. */
const more = (folder: string) =>
  Array.from({ length: 60 }, (_, at) => ({
    path: `/${folder}/one-of-many-public-files-with-long-names/${at}` as const,
    match: "exact" as const,
  }));

describe("a request to a protected service", () => {
  let pod: ProxyPod;

  before(async () => {
    pod = await ProxyPod.shared();
    const [aboutPaths] = writtenRules("paths", {}, upstream);
    assert.ok(aboutPaths);
    const { match } = aboutPaths;
    await pod.follow([
      ...writtenRules("app", {}, upstream),
      ...writtenRules(
        "listed",
        {
          access: { emails: ["alice@example.com"] },
          headers: { "X-Scope-OrgID": "team-a", "X-Quoted": `"a" \\ {b} }}$c` },
          publicPaths: [
            { path: "/healthz", match: "exact" },
            { path: "/static", match: "prefix" },
          ],
        },
        upstream,
      ),
      ...writtenRules(
        "graphs",
        {
          host: shared,
          paths: ["/graphs"],
          stripPath: true,
          publicPaths: [{ path: "/graphs/healthz", match: "exact" }, ...more("graphs")],
          headers: { "X-Service": "graphs" },
        },
        upstream,
      ),
      ...writtenRules(
        "logs",
        {
          host: shared,
          paths: ["/logs"],
          publicPaths: [{ path: "/logs/static", match: "prefix" }, ...more("logs")],
          headers: { "X-Service": "logs" },
        },
        upstream,
      ),
      ...writtenRules(
        "previews",
        {
          host: "*.previews.apps.example.com",
          publicPaths: [{ path: "/healthz", match: "exact" }],
          headers: { "X-Service": "previews" },
        },
        upstream,
      ),
      ...writtenRules(
        "named",
        {
          host: "named.previews.apps.example.com",
          publicPaths: [{ path: "/static", match: "prefix" }],
        },
        upstream,
      ),
      ...writtenRules("apex", { host: "apps.example.com", headers: { "X-Service": "apex" } }, upstream),
      ...writtenRules("signed", { identity: "signedJwt" }, upstream),
      ...writtenRules("calendars", { methods: [...usualMethods, ...furtherMethods] }, upstream),
      ...writtenRules(
        "api",
        { publicPaths: [{ path: "/", match: "prefix", methods: ["OPTIONS"] }] },
        upstream,
      ),
      ...writtenRules("down", {}, "http://10.9.9.9:9"),
      { ...aboutPaths, match: { ...match, url: match.url.replace("/<**>", "/app/<**>") } },
    ]);
  });

  it("arrives byte for byte: path, query and method", async () => {
    for (const path of [
      ...[
        "/",
        "/docs/",
        "/a//b",
        "/a/%2F/b",
        "/a%2fb",
        "/a;b=1",
        "/%C3%BC",
        "/a%20b",
        "/a/../b",
        "/a/%2e%2e/b",
      ],
      ...["/a?x=1?y=2&z=%20", `/${"q".repeat(200)}?${"r".repeat(8000)}`],
    ])
      assert.equal((await pod.seen(path, { host, headers: as("alice") })).url, path);
    for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
      assert.equal((await pod.seen("/", { method, host, headers: as("alice") })).method, method);
    assert.equal((await pod.ask("/", { method: "TRACE", host, headers: as("alice") })).status, 405);
  });

  it("arrives with a method of WebDAV, CalDAV or searches only where the service names it", async () => {
    const calendars = "calendars.apps.example.com";
    for (const method of furtherMethods) {
      const asked = { method, headers: as("alice") };
      assert.equal((await pod.seen("/", { ...asked, host: calendars })).method, method);
      assert.equal((await pod.ask("/", { ...asked, host })).status, 404, method);
      assert.equal((await pod.ask("/", { method, host: calendars })).status, 401, method);
    }
  });

  it("with OPTIONS needs no session where the service opens preflights, and only there", async () => {
    const api = "api.apps.example.com";
    const preflight = {
      method: "OPTIONS",
      headers: { origin: "https://page.example.com", "access-control-request-method": "PUT" },
    };
    const { method, url, headers } = await pod.seen("/items/1?a=b", { ...preflight, host: api });
    assert.deepEqual([method, url, headers["origin"]], ["OPTIONS", "/items/1?a=b", preflight.headers.origin]);
    assert.equal(headers["access-control-request-method"], "PUT");
    assert.equal(headers["x-user-email"], undefined);
    assert.equal((await pod.ask("/items/1", { ...preflight, host })).status, 401, "another service");
    for (const other of ["GET", "HEAD", "PUT"])
      assert.equal((await pod.ask("/items/1", { method: other, host: api })).status, 401, other);
  });

  it("arrives at the service that has its path, among several on one host", async () => {
    const asked = { host: shared, headers: as("alice") };
    const at = async (path: string, more = asked) => {
      const { url, headers } = await pod.seen(path, more);
      return `${headers["x-service"] ?? ""} ${url}`;
    };
    assert.equal(await at("/logs/"), "logs /logs/");
    assert.equal(await at("/logs?q=1"), "logs /logs?q=1");
    assert.equal(await at("/graphs/a%20b?q=/graphs"), "graphs /a%20b?q=/graphs", "without its path");
    assert.equal(await at("/graphs"), "graphs /");
    assert.equal(await at("/graphs?q=1"), "graphs /?q=1");
    for (const path of ["/", "/graph", "/logsx"])
      assert.equal((await pod.ask(path, asked)).status, 404, path);
    for (const path of ["/logs/../graphs", "/logs//", "/logs/%2f"])
      assert.equal((await pod.ask(path, asked)).status, 400, path);
    const nobody = { host: shared, headers: {} as typeof asked.headers };
    assert.equal(await at("/graphs/healthz", nobody), "graphs /healthz", "public, each of its own service");
    assert.equal(await at("/logs/static/app.js", nobody), "logs /logs/static/app.js");
    for (const path of ["/logs", "/graphs", "/logs/healthz", "/graphs/static/app.js"])
      assert.equal((await pod.ask(path, nobody)).status, 401, path);
  });

  it("arrives at the service whose wildcard covers its host, or at the one of the domain itself", async () => {
    const at = async (asked: string, headers = as("alice"), path = "/") => {
      const seen = await pod.seen(path, { host: asked, headers });
      return `${seen.headers["x-service"] ?? ""} ${seen.headers["host"] ?? ""}`;
    };
    for (const asked of ["pr-1.previews.apps.example.com", "pr-2.previews.apps.example.com"]) {
      assert.equal(await at(asked), `previews ${asked}`);
      const nobody = {} as ReturnType<typeof as>;
      assert.equal(await at(asked, nobody, "/healthz"), `previews ${asked}`, "its public path is public");
    }
    assert.equal(await at("apps.example.com"), "apex apps.example.com");
    const status = async (asked: string, path = "/", headers = as("alice")) =>
      (await pod.ask(path, { host: asked, headers })).status;
    for (const asked of ["previews.apps.example.com", "a.b.previews.apps.example.com", "example.com"])
      assert.equal(await status(asked), 404, asked);
    for (const asked of ["pr-1.previews.apps.example.com.evil.example", "PR-1.previews.apps.example.com"])
      assert.equal(await status(asked), 404, asked);
    for (const path of ["/", "/a/%2e%2e/admin", "/healthz"])
      assert.equal(
        await status(".previews.apps.example.com", path),
        404,
        "no label is none that a * stands for",
      );
    for (const odd of ["a_b", "a;b", "a%2eb", "a,b", "a$b", "a'b", "ä"])
      assert.notEqual(await status(`${odd}.previews.apps.example.com`), 200, "in no name of a host");
    const named = "named.previews.apps.example.com";
    assert.notEqual(
      await status(named, "/healthz", {} as ReturnType<typeof as>),
      200,
      "not opened by the wildcard's rule where another names the host",
    );
  });

  it("arrives with its cookies as they were sent, without the gateway's own", async () => {
    const csrf = `csrf_token_${"0a".repeat(32)}=x`;
    const cookies = async (cookie: string) =>
      (await pod.seen("/", { host, headers: { cookie } })).headers["cookie"];
    const mine = as("alice").cookie;
    assert.equal(await cookies(mine), undefined);
    assert.equal(
      await cookies(`p={"t":"dark"}; a="b c"; ${csrf}; ${mine}; z=1`),
      `p={"t":"dark"}; a="b c"; z=1`,
    );
    const odd = `${mine}; "ory_kratos_session"=x; ORY_KRATOS_SESSION=x; b=1; ${mine}; ${csrf}; ${csrf}`;
    assert.equal(await cookies(odd), "b=1");
    const several = await pod.send(
      `GET / HTTP/1.1\r\nHost: ${host}\r\nX-Forwarded-Proto: https\r\nCookie: a=1\r\nCookie: ${mine}\r\nCookie: b=2\r\n\r\n`,
    );
    assert.match(several, /"cookie":"a=1; b=2"/);
  });

  it("finds its session beside that of a gateway on a parent domain, and no service sees either", async () => {
    const outer = "ory_kratos_session=of-the-outer-gateway";
    const mine = as("alice").cookie;
    for (const cookie of [`${mine}; ${outer}`, `${outer}; ${mine}`]) {
      const { headers } = await pod.seen("/", { host, headers: { cookie } });
      assert.equal(headers["x-user-email"], "alice@example.com");
      assert.equal(headers["cookie"], undefined);
    }
    assert.equal((await pod.ask("/", { host, headers: { cookie: outer } })).status, 401);
  });

  it("names the person who asks, and drops what the client claims, in any spelling", async () => {
    for (const name of [
      ...["X-User-Id", "x-user-email", "X_User_Id", "X.User.Email", "X+User+Email", "X~User~Id", "X-User_Id"],
      ...[
        "X-Portcullis-Rule",
        "X-Portcullis-Known",
        "Forwarded",
        "Proxy-Authorization",
        ...Object.keys(droppedHeaders),
      ],
    ])
      for (const asked of [
        { host, path: "/" },
        { host: listed, path: "/static/x" },
      ]) {
        const headers = { ...as("alice"), [name]: "forged" };
        assert.doesNotMatch(
          JSON.stringify(await pod.seen(asked.path, { ...asked, headers })),
          /forged/,
          name,
        );
      }
    const { headers } = await pod.seen("/", { host, headers: as("alice") });
    assert.equal(headers["x-user-email"], "alice@example.com");
    for (const name of Object.keys(refusedHeaders))
      assert.equal(
        (await pod.ask("/", { host, headers: { ...as("alice"), [name]: "x" } })).status,
        400,
        name,
      );
    const hopByHop = await pod.send(
      `GET / HTTP/1.1\r\nHost: ${host}\r\nX-Forwarded-Proto: https\r\nCookie: ${as("alice").cookie}\r\nConnection: X-User-Id\r\nX-User-Id: forged\r\n\r\n`,
    );
    assert.match(hopByHop, /"x-user-email":"alice@example\.com"/);
    assert.doesNotMatch(hopByHop, /forged/);
  });

  it("carries the rule's headers, and the client's Authorization unless the gateway signs", async () => {
    const told = await pod.seen("/", {
      host: listed,
      headers: { ...as("alice"), "x-scope-orgid": "forged" },
    });
    assert.equal(told.headers["x-scope-orgid"], "team-a");
    assert.equal(told.headers["x-quoted"], `"a" \\ {b} }}$c`);
    const headers = { ...as("alice"), authorization: "Basic eDp5" };
    assert.equal((await pod.seen("/", { host, headers })).headers["authorization"], "Basic eDp5");
    const signed = await pod.seen("/", { host: "signed.apps.example.com", headers });
    assert.match(signed.headers["authorization"] ?? "", /^Bearer ey/);
  });

  it("passes only for the people whom the rule names, and only at its host", async () => {
    const status = async (name: string, headers: Readonly<Record<string, string>> = {}) =>
      (await pod.ask("/", { host: name, headers })).status;
    assert.deepEqual(
      await Promise.all([
        status(listed, as("alice")),
        status(listed, as("bob")),
        status(listed, as("x")),
        status(listed),
      ]),
      [200, 403, 401, 401],
    );
    for (const alike of [host.toUpperCase(), `${host}.`, `${host}:80`, `x${host}`, `${host}.evil.example`])
      assert.equal(await status(alike, as("alice")), 404, alike);
    assert.equal((await pod.ask("/healthz", { host: listed.toUpperCase() })).status, 404);
    assert.equal(await status("down.apps.example.com", as("alice")), 502);
  });

  it("needs no session on a public path, but only in its plain spelling", async () => {
    const status = async (path: string, method = "GET") =>
      (await pod.ask(path, { host: listed, method })).status;
    for (const path of ["/healthz", "/static", "/static/a.js", "/healthz?x=../a"])
      assert.equal(await status(path), 200, path);
    for (const path of [
      ...[
        "/",
        "/healthz/",
        "/healthzz",
        "/static-old",
        "/static/../admin",
        "/static/%2e%2e/admin",
        "//healthz",
      ],
      ...[
        "/static/..%2fadmin",
        "/static//admin",
        "/static/..;/admin",
        "/static;/admin",
        "/admin/../healthz",
        "/%68ealthz",
      ],
      ...["/static/..#", "/static/..#x", "/static/.#/x", "/static/a#", "/static/..%20/admin"],
      ...["/static/..%23", "/static/%c0%ae%c0%ae/admin", "/static/%E0%80%AE./admin"],
      // More repetitions than a search has stack for.
      `/static/.${"%20".repeat(40_000)}x/../../admin`,
    ])
      assert.equal(await status(path), 401, path);
    assert.equal(await status("/healthz", "POST"), 401);
  });

  it("is refused where a rule has paths and its own can be read as another one", async () => {
    const status = async (path: string) =>
      (await pod.ask(path, { host: paths, headers: as("alice") })).status;
    assert.equal(await status("/app/x"), 200);
    assert.equal(await status("/other"), 404);
    for (const path of ["/app//x", "/app/..%2fother", "/app/;/x", "/app/%5cx", "/app/..#x", "/app/x#"])
      assert.equal(await status(path), 400, path);
    const manySpaces = "%20".repeat(40_000);
    assert.equal(await status(`/app/.${manySpaces}x`), 200);
    assert.equal(await status(`/app/.${manySpaces}x/..;/other`), 400);
    assert.doesNotMatch(pod.log(), /pcre2?_\w+\(\) failed/);
    for (const path of ["/app/../other", "/app/%2e%2e/other"]) assert.notEqual(await status(path), 200, path);
  });

  it("may become a WebSocket and nothing else", async () => {
    const upgrade = (to: string, more?: string, awaited?: RegExp) =>
      pod.send(
        `GET / HTTP/1.1\r\nHost: ${host}\r\nX-Forwarded-Proto: wss\r\nCookie: ${as("alice").cookie}\r\nConnection: keep-alive, Upgrade\r\nUpgrade: ${to}\r\n${more ?? ""}\r\nhello`,
        awaited,
      );
    assert.match(
      await upgrade("websocket", "", /hello/),
      /^HTTP\/1\.1 101[\s\S]*alice@example\.com[\s\S]*hello/,
    );
    for (const other of ["h2c", "h2c, websocket", "TLS/1.0"]) {
      const answer = await upgrade(other, "HTTP2-Settings: AAMAAABkAAQAAP__\r\n");
      assert.match(answer, /^HTTP\/1\.1 200/, other);
      assert.doesNotMatch(answer, /"(?:upgrade|http2-settings)"/, other);
    }
  });

  it("may be HTTP/1.0, and is then answered whole, on a connection that ends", async () => {
    const answer = await pod.send(
      `GET /old?client=1 HTTP/1.0\r\nHost: ${host}\r\nX-Forwarded-Proto: https\r\nCookie: ${as("alice").cookie}\r\n\r\n`,
    );
    const [head = "", body = ""] = answer.split("\r\n\r\n");
    assert.match(head, /^HTTP\/1\.[01] 200/);
    assert.match(head, /^connection: close$/im);
    assert.doesNotMatch(head, /^transfer-encoding:/im);
    assert.equal((JSON.parse(body) as { url: string }).url, "/old?client=1");
  });

  it("is answered by its own service, which cannot redirect nginx to another one's", async () => {
    const { status, headers, body } = await pod.ask(Upstream.redirecting, { host, headers: as("alice") });
    assert.equal(status, 200, body);
    assert.equal(headers["location"], "http://upstream0/");
  });

  it("may be large: uploads with and without a length, 100-continue, cookies of 60 kB", async () => {
    const body = Buffer.alloc(5_000_000, "a");
    for (const headers of [{ "content-length": String(body.length) }, { "transfer-encoding": "chunked" }])
      assert.equal(
        (await pod.seen("/", { method: "POST", host, body, headers: { ...as("alice"), ...headers } })).bytes,
        body.length,
      );
    const expecting = await pod.send(
      `POST / HTTP/1.1\r\nHost: ${host}\r\nX-Forwarded-Proto: https\r\nCookie: ${as("alice").cookie}\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n`,
      /\r\n\r\n/,
    );
    assert.match(expecting, /^HTTP\/1\.1 100/);
    const cookie = `${as("alice").cookie}; a=${"x".repeat(60_000)}`;
    assert.equal((await pod.ask("/", { host, headers: { cookie } })).status, 200);
  });

  it("sends a browser to the login UI's door, with the address that it asked for", async () => {
    const page = `https://${host}/docs/a%2Fb/?q=a%20b&x=%26`;
    const { status, headers } = await pod.ask("/docs/a%2Fb/?q=a%20b&x=%26", {
      host,
      headers: { accept: "text/html" },
    });
    assert.equal(status, 302);
    assert.equal(
      headers["location"],
      `https://auth.apps.example.com/portcullis/door?return_to=${encodeURIComponent(page)}`,
    );
  });
});
