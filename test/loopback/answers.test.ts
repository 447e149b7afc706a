import assert from "node:assert/strict";
import { anotherAccountPath, servicesPath } from "../../documents/nginx/accessDenied";
import { nginxPorts } from "../../documents/rules/ports";
import { loadBalancerHealthPath } from "../../documents/nginx/health";
import { writtenRules } from "../writtenRules";
import { as, ProxyPod, type Answer } from "./pod";
import { Upstream } from "./servers";

const upstream = `http://${Upstream.address}`;
const asBrowser = { accept: "text/html,*/*;q=0.8" };

describe("the gateway, in answers of its own", () => {
  let pod: ProxyPod;

  before(async () => {
    pod = await ProxyPod.shared();
    const [app] = writtenRules("app", {}, upstream);
    const [conflict, same] = ["one", "other"].map(
      (name) => writtenRules(name, { host: "both.apps.example.com" })[0],
    );
    assert.ok(app && conflict && same);
    await pod.follow([
      ...[app, conflict, same],
      ...writtenRules("bobs", { access: { emails: ["bob@example.com"] } }, upstream),
      ...writtenRules("down", {}, "http://10.9.9.9:9"),
      ...writtenRules(
        "limited",
        { upstreamOptions: { maxBodySize: "1k", timeouts: { read: "1s" } } },
        upstream,
      ),
      {
        ...app,
        id: "paths.team",
        match: { ...app.match, url: app.match.url.replace("app.", "paths.").replace("/<**>", "/app/<**>") },
      },
    ]);
  });

  const cases: readonly {
    readonly what: string;
    readonly status: number;
    readonly host: string;
    readonly path?: string;
    readonly method?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: Buffer;
    readonly title: string;
  }[] = [
    { what: "not allowed", status: 403, host: "bobs", title: "This service is not open to you" },
    {
      what: "not allowed, with a form",
      status: 403,
      host: "bobs",
      method: "POST",
      title: "This service is not open to you",
    },
    { what: "no such service", status: 404, host: "nowhere", title: "There is no such service" },
    { what: "two rules", status: 500, host: "both", title: "The gateway cannot decide" },
    { what: "an upstream that is down", status: 502, host: "down", title: "The service does not answer" },
    {
      what: "an upstream that is slow",
      status: 504,
      host: "limited",
      path: Upstream.slow,
      title: "The service takes too long",
    },
    ...[{}, { "transfer-encoding": "chunked" }].map((headers) => ({
      what: `a large body with ${JSON.stringify(headers)}`,
      status: 413,
      host: "limited",
      method: "POST",
      headers,
      body: Buffer.alloc(1025),
      title: "This is too large",
    })),
    {
      what: "a path of two readings",
      status: 400,
      host: "paths",
      path: "/app//x",
      title: "This address is refused",
    },
    {
      what: "a forged header",
      status: 400,
      host: "app",
      headers: { "x-original-url": "/" },
      title: "This request is refused",
    },
    {
      what: "a method that tells cookies",
      status: 405,
      host: "app",
      method: "TRACE",
      title: "This request is refused",
    },
    {
      what: "an address without an end",
      status: 414,
      host: "app",
      path: `/${"a".repeat(140_000)}`,
      title: "This address is too long",
    },
    {
      what: "a cookie without an end",
      status: 431,
      host: "app",
      headers: { "x-large": "a".repeat(140_000) },
      title: "Your browser sends too much",
    },
  ];

  it("has a status, a page and JSON for each reason, with the request's name", async () => {
    for (const { what, status, host, path = "/", method = "GET", headers = {}, body, title } of cases) {
      const asked = { host: `${host}.apps.example.com`, method, ...(body && { body }) };
      const page = await pod.ask(path, { ...asked, headers: { ...as("alice"), ...asBrowser, ...headers } });
      assert.equal(page.status, status, what);
      assertPage(page, title);
      const json = await pod.ask(path, { ...asked, headers: { ...as("alice"), ...headers } });
      assert.equal(json.status, status, what);
      if (status === 414 || status === 431) assertPage(json, title);
      else assertJson(json, status);
    }
  });

  it("says which account may not use which service, and escapes what a visitor sent", async () => {
    const path = `/<script>"'&?a=<!--# echo var="http_cookie" -->`;
    const page = await pod.ask(encodeURI(path).replaceAll("'", "%27"), {
      host: "bobs.apps.example.com",
      headers: { ...as("alice"), ...asBrowser },
    });
    assert.match(
      page.body,
      /<dt>Account<\/dt><dd>alice@example\.com<\/dd><dt>Service<\/dt><dd>bobs\.apps\.example\.com<\/dd>/,
    );
    const [, link = ""] = /<a href="([^"]*)">Use another account<\/a>/.exec(page.body) ?? [];
    const another = new URL(link);
    assert.equal(
      another.origin + another.pathname,
      "https://auth.apps.example.com/portcullis/another-account",
    );
    assert.equal(new URL(another.searchParams.get("return_to") ?? "").host, "bobs.apps.example.com");
    assert.doesNotMatch(page.body, /<script|ory_kratos_session/);
    assert.doesNotMatch(JSON.stringify(page.headers), /alice@/);
    const markup = await pod.ask("/", {
      host: "bobs.apps.example.com",
      headers: { ...as("markup"), ...asBrowser },
    });
    assert.match(markup.body, /<dd>&quot;&lt;b&gt;&amp;'&quot;@example\.com<\/dd>/);
    const nowhere = await pod.ask("/", { host: `"><b>.example.com`, headers: asBrowser });
    assert.doesNotMatch(nowhere.body, /<b>/);
  });

  it("tries again by itself while nobody can decide, and sends programs Retry-After", async () => {
    pod.kratos.state = "gone";
    try {
      const headers = { ...as("somebody-new"), ...asBrowser };
      const page = await pod.ask("/", { host: "app.apps.example.com", method: "POST", headers });
      assert.equal(page.status, 503);
      assertPage(page, "Please wait a moment");
      assert.match(page.body, /<script>[^<]+location\.replace[^<]+<\/script>/);
      const json = await pod.ask("/", { host: "app.apps.example.com", headers: as("somebody-new") });
      assert.deepEqual(
        [page, json].map(({ headers: { "retry-after": after } }) => after),
        ["5", "5"],
      );
      assertJson(json, 503);
    } finally {
      pod.kratos.state = "well";
    }
  });

  it("sends a browser without a session to sign in, and a program a 401", async () => {
    const host = "app.apps.example.com";
    const browser = await pod.ask("/", { host, headers: asBrowser });
    assert.equal(browser.status, 302);
    assert.match(String(browser.headers["x-request-id"]), /^[0-9a-f]{32}$/);
    assertJson(await pod.ask("/", { host }), 401);
  });

  const asAnother = (person: string, site?: string) =>
    pod.ask(`${anotherAccountPath}?return_to=x`, {
      port: nginxPorts.accessDenied,
      headers: { ...as(person), ...asBrowser, ...(site !== undefined && { "sec-fetch-site": site }) },
    });

  it("signs out only for a page of the domain", async () => {
    for (const site of [undefined, "cross-site", "none", "same-site.evil"])
      assert.equal((await asAnother("alice", site)).headers["location"], "/", site);
    for (const site of ["same-site", "same-origin"])
      assert.match(
        String((await asAnother("alice", site)).headers["location"]),
        /\/self-service\/logout\?token=t&/,
      );
  });

  it("sends only a person without a session to sign in as somebody else, and waits while Kratos fails", async () => {
    const nobody = await asAnother("nobody", "same-origin");
    assert.match(String(nobody.headers["location"]), /\/self-service\/login\/browser\?return_to=x$/);
    pod.kratos.state = "gone";
    try {
      const { status, headers, body } = await asAnother("alice", "same-origin");
      assert.deepEqual([status, headers["location"], headers["retry-after"]], [503, undefined, "10"]);
      assert.match(body, /<h1>Please wait a moment<\/h1>/);
    } finally {
      pod.kratos.state = "well";
    }
  });

  it("takes no form where it signs out, and so keeps none in its memory", async () => {
    const { status } = await pod.ask(anotherAccountPath, {
      ...{ port: nginxPorts.accessDenied, method: "POST", body: Buffer.alloc(100_000) },
      headers: { ...as("alice"), "sec-fetch-site": "same-origin" },
    });
    assert.equal(status, 413);
    assert.doesNotMatch(pod.log(), /buffered to a temporary file/);
  });

  it("passes on every answer of the upstream unchanged", async () => {
    const host = "app.apps.example.com";
    for (const status of [400, 401, 403, 404, 413, 500, 502, 503]) {
      const answer = await pod.ask(`/status/${status}`, { host, headers: { ...as("alice"), ...asBrowser } });
      assert.equal(answer.status, status);
      assert.match(answer.body, /"method":"GET"/);
    }
  });

  it("gives a request one name for the upstream and the client, the ingress controller's if there is one", async () => {
    const host = "app.apps.example.com";
    const ask = (headers: Readonly<Record<string, string>>) =>
      pod.ask("/", { host, headers: { ...as("alice"), ...headers } });
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const named = await ask({ "x-request-id": "from-the-ingress-1", traceparent });
    const seen = JSON.parse(named.body) as { readonly headers: Record<string, string> };
    assert.equal(seen.headers["x-request-id"], "from-the-ingress-1");
    assert.equal(seen.headers["traceparent"], traceparent);
    assert.equal(named.headers["x-request-id"], "from-the-ingress-1");
    for (const odd of ["short", 'a"b<c>d e', "x".repeat(200)])
      assert.match(
        String((await ask({ "x-request-id": odd })).headers["x-request-id"]),
        /^[0-9a-f]{32}$/,
        odd,
      );
  });

  it("answers at the pod's IPv6 addresses too", async () => {
    const address = "::1";
    const answer = await pod.ask("/", { host: "nowhere.example.com", headers: as("alice"), address });
    assert.equal(answer.status, 404);
    for (const port of [nginxPorts.health, nginxPorts.metrics, nginxPorts.keys])
      assert.equal((await pod.ask("/nothing", { port, address })).status, 404);
    assert.equal((await pod.ask(servicesPath, { port: nginxPorts.accessDenied, address })).status, 401);
    for (const port of [nginxPorts.sessionCheck, nginxPorts.issuerKeys, nginxPorts.routesVersion])
      await assert.rejects(pod.ask("/", { port, address }), /ECONNREFUSED/);
  });

  it("answers a load balancer's health check for any host, and opens no other path of its own", async () => {
    for (const host of ["10.0.0.1", "", "app.apps.example.com", "nowhere.example"]) {
      const { status, body } = await pod.ask(loadBalancerHealthPath, { host });
      assert.deepEqual([status, body], [200, ""], host);
    }
    for (const path of ["/.portcullis/ready", "/.portcullis/decision", "/.portcullis/answers/forbidden.html"])
      assert.equal(
        (await pod.ask(path, { host: "app.apps.example.com", headers: as("alice") })).status,
        404,
        path,
      );
  });
});

function assertPage({ headers, body }: Answer, title: string): void {
  assert.equal(headers["content-type"], "text/html; charset=utf-8");
  assert.ok(body.includes(`<title>${title}</title>`) && body.includes(`<h1>${title}</h1>`), body);
  assert.match(body, /<html lang="en">/);
  assert.ok(
    body.includes(`<code>${String(headers["x-request-id"])}</code>`),
    "the page has the request's name",
  );
  assert.match(
    String(headers["content-security-policy"]),
    /^default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-[^']+'; connect-src 'self'; base/,
  );
  assert.equal(headers["cache-control"], "no-store");
  assert.equal(headers["x-content-type-options"], "nosniff");
  assert.doesNotMatch(body, /<!--#|\(none\)/);
}

function assertJson({ headers, body }: Answer, code: number): void {
  assert.match(String(headers["content-type"]), /^application\/json/);
  const { error } = JSON.parse(body) as { readonly error: Readonly<Record<string, unknown>> };
  assert.equal(error["code"], code);
  assert.equal(error["request"], headers["x-request-id"]);
  assert.ok(typeof error["message"] === "string" && typeof error["status"] === "string");
}
