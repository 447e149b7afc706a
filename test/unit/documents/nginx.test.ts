import assert from "node:assert/strict";
import { sessionCookieName } from "../../../documents/shared/cookies";
import type { SecondFactor } from "../../../documents/kratos/config";
import { nginxConfig, type NginxConfigInput } from "../../../documents/nginx/config";
import { doorFiles } from "../../../documents/nginx/door";
import { issuerKeysContext } from "../../../documents/nginx/issuerKeys";
import { serviceAccountKeysConfig } from "../../../documents/nginx/serviceAccountKeys";
import { NginxMaps } from "./nginxMaps";
import { rulesApiConfig } from "../../../documents/nginx/rulesApi";
import { assertPinned } from "./pinned";

function config(
  sessionLife: NginxConfigInput["sessionLife"] = "5s",
  secondFactor: SecondFactor = "optional",
): string {
  return nginxConfig({
    kratos: { host: "kratos-public.portcullis.svc", port: 80 },
    sessionLife,
    door: {
      kratosUrl: "http://auth-server.portcullis.localhost:8080",
      folder: "/etc/portcullis",
      secondFactor,
    },
    keysFolder: "/etc/portcullis",
  });
}

describe("the nginx beside the proxy", () => {
  it("is the pinned configuration with a cache", () => {
    assertPinned("nginx.conf", config());
  });

  it("is the pinned configuration without a cache", () => {
    assertPinned("nginx-off.conf", config("off"));
  });

  it("is the pinned configuration with a second factor required", () => {
    assertPinned("nginx-required.conf", config("5s", "required"));
  });

  it("listens to the pod alone, but for probes, browsers and who checks signed identities", () => {
    const listens = [...config().matchAll(/listen (.*);/g)].map(([, to]) => to);
    assert.deepEqual(listens, [
      "127.0.0.1:4457",
      "127.0.0.1:4460",
      "4459",
      "4461",
      "127.0.0.1:4462",
      "127.0.0.1:4463",
      "4458",
    ]);
  });

  it("asks for keys only where they may be, by names that the cluster completes", () => {
    const asks = (uri: string, headers: Readonly<Record<string, string>> = {}) =>
      new NginxMaps(issuerKeysContext({ host: "keys.gateway.svc", port: 8082, path: "/keys.json" }), {
        request_uri: uri,
        cluster_domain: ".cluster.local",
        ...headers,
      }).value("keys_url");
    assert.equal(asks("/https/ci.example.com/a%2Fb?c=%20"), "https://ci.example.com/a%2Fb?c=%20");
    assert.equal(asks("/https/ci.example.com:8443/"), "https://ci.example.com:8443/");
    assert.equal(asks("/http/k.iam.svc:80/keys"), "http://k.iam.svc.cluster.local:80/keys");
    assert.equal(asks("/https/k.iam.svc/keys"), "https://k.iam.svc.cluster.local/keys");
    assert.equal(asks("/service-accounts"), "http://keys.gateway.svc.cluster.local:8082/keys.json");
    for (const uri of [
      "/",
      "/http/ci.example.com/keys",
      "/http/127.0.0.1:4456/rules",
      "/https/127.0.0.1/keys",
      "/https/169.254.169.254/latest",
      "/https/localhost/",
      "/https/ci.example.com",
      "/https/user@ci.example.com/",
      "/https/CI.example.com/",
      "/https//ci.example.com/",
      "/file/etc/passwd",
      "/service-accounts/x",
      "/service-accounts?x",
    ])
      assert.equal(asks(uri), "", uri);
    for (const uri of ["/https/ci.example.com/keys", "/service-accounts"])
      assert.equal(asks(uri, { http_x_forwarded_for: "203.0.113.7" }), "", "forwarded for a client");
  });

  it("knows no service accounts unless it is told where their keys are", () => {
    const uri = { request_uri: "/service-accounts" };
    assert.equal(new NginxMaps(issuerKeysContext(), uri).value("keys_url"), "");
    assertPinned(
      "nginx-service-account-keys.conf",
      serviceAccountKeysConfig({ authorityFile: "/a/ca.crt", keysFolder: "/keys" }),
    );
  });

  it("remembers by the very value it forwards, and only what Kratos affirmed", () => {
    const text = config("30s");
    assert.match(text, /proxy_cache_key \$session;/);
    assert.match(text, new RegExp(`proxy_set_header Cookie ${sessionCookieName}=\\$session;`));
    assert.match(text, /proxy_pass_request_headers off;/);
    const valid = [...text.matchAll(/proxy_cache_valid (.*);/g)].map(([, what]) => what);
    assert.deepEqual([...new Set(valid)], ["200 30s"]);
  });

  it("takes the first readable cookie of exactly that name, as Kratos does", () => {
    const source = /"~(.*)" \$1;/.exec(config())?.[1];
    assert.ok(source !== undefined);
    const session = (header: string) => new RegExp(source).exec(header)?.[1] ?? "";
    assert.equal(session(`${sessionCookieName}=MTc_-w==`), "MTc_-w==");
    assert.equal(session(`a=b; ${sessionCookieName}=one; ${sessionCookieName}=two`), "one");
    assert.equal(session(`${sessionCookieName}="; ${sessionCookieName}=two`), "two");
    for (const header of [
      "",
      `${sessionCookieName}=`,
      `x${sessionCookieName}=one`,
      `${sessionCookieName.toUpperCase()}=one`,
      `a=b,${sessionCookieName}=one`,
      `${sessionCookieName}=one two`,
      `${sessionCookieName}=one\nCookie: x`,
    ])
      assert.equal(session(header), "", header);
  });
});

describe("the door", () => {
  const server = config()
    .split(/^ {2}server \{$/m)
    .find((text) => text.includes("listen 4459;"));
  assert.ok(server);

  it("asks Kratos itself: a remembered session may have lost its rights", () => {
    assert.ok(server.includes("auth_request /sessions/whoami;"));
    assert.doesNotMatch(server, /proxy_cache/);
  });

  it("hands return_to on as it came, to Kratos alone", () => {
    const uses = [...server.matchAll(/.*\$return_to.*/g)].map(([line]) => line.trim());
    assert.deepEqual(uses, [
      "return 302 http://auth-server.portcullis.localhost:8080/self-service/login/browser?return_to=$return_to;",
      "return 302 http://auth-server.portcullis.localhost:8080/self-service/login/browser?aal=aal2&return_to=$return_to;",
      "return 302 /portcullis/wait?return_to=$return_to;",
    ]);
  });

  it("leaves a return_to out that Kratos' front would refuse", () => {
    const returnTo = (text: string) => new NginxMaps(config(), { arg_return_to: text }).value("return_to");
    assert.equal(returnTo("a".repeat(8092)), "a".repeat(8092));
    assert.equal(returnTo("a".repeat(8093)), "");
  });

  it("leads to where a second factor is set up only where one is required", () => {
    const leads = (secondFactor: SecondFactor) => config("5s", secondFactor).includes("/settings/browser");
    assert.deepEqual((["off", "optional", "required"] as const).filter(leads), ["required"]);
  });

  it("has pages that run no script and load nothing", () => {
    const pages = Object.values(doorFiles);
    assert.equal(pages.length, 2);
    for (const page of pages) assert.doesNotMatch(page, /<script|src=|url\(|http:|https:/);
  });
});

describe("the nginx beside the rule operator", () => {
  const text = rulesApiConfig("/etc/kubernetes/ca.crt");

  it("is the pinned configuration", () => {
    assertPinned("nginx-rules-api.conf", text);
  });

  it("answers the pod alone, but for probes, and lets nothing be changed", () => {
    const listens = [...text.matchAll(/listen (.*);/g)].map(([, to]) => to);
    assert.deepEqual(listens, ["127.0.0.1:8082", "8083"]);
    assert.match(text, /limit_except GET \{\s*deny all;/);
  });

  it("checks the API server's certificate before a token goes there", () => {
    assert.match(text, /proxy_ssl_verify on;/);
    assert.match(text, /proxy_ssl_name kubernetes\.default\.svc;/);
    assert.match(text, /proxy_ssl_trusted_certificate \/etc\/kubernetes\/ca\.crt;/);
  });
});
