import assert from "node:assert/strict";
import { defaultSessionCookie } from "../../../documents/shared/cookies";
import type { SecondFactor } from "../../../documents/kratos/secondFactor";
import { tokenLifeLeft } from "../../../documents/oathkeeper/signedIdentity";
import { nginxFiles, type NginxConfigInput } from "../../../documents/nginx/config";
import { accessDeniedFiles } from "../../../documents/nginx/accessDenied";
import { issuerKeysContext } from "../../../documents/nginx/issuerKeys";
import { serviceAccountKeysConfig } from "../../../documents/nginx/serviceAccountKeys";
import { requestContext, routedRequests } from "../../../documents/nginx/requests";
import { refusedHeaders, trustedHeaderNames } from "../../../documents/shared/trustedHeaders";
import { NginxMaps } from "./nginxMaps";
import { rulesApiConfig } from "../../../documents/nginx/rulesApi";
import { assertPinned } from "./pinned";

function files(
  decisionLife: NginxConfigInput["decisionLife"] = "5s",
  secondFactor: SecondFactor = "optional",
): Readonly<Record<string, string>> {
  return nginxFiles({
    kratos: { host: "kratos-public.portcullis.svc", sessionCookie: defaultSessionCookie },
    decisionLife,
    accessDeniedUrl: "http://auth.portcullis.localhost:8080/portcullis/door",
    accessDenied: { kratosUrl: "http://auth-server.portcullis.localhost:8080", secondFactor },
    branding: {},
    folder: "/etc/portcullis",
    namespace: "portcullis",
  });
}

const config = (...args: Parameters<typeof files>): string => files(...args)["nginx.conf"] ?? "";
const server = (...args: Parameters<typeof files>): string => files(...args)["server.conf"] ?? "";

describe("the nginx beside the proxy", () => {
  it("is the pinned configuration with decisions remembered", () => {
    for (const [name, text] of Object.entries(files()))
      if (name.endsWith(".conf")) assertPinned(name === "nginx.conf" ? name : `nginx-${name}`, text);
  });

  it("is the pinned configuration without remembered decisions", () => {
    assertPinned("nginx-off.conf", config("off"));
    assertPinned("nginx-server-off.conf", server("off"));
  });

  it("is the pinned configuration with a second factor required", () => {
    assertPinned("nginx-required.conf", config("5s", "required"));
  });

  it("listens outside the pod only for requests, probes, browsers and the keys of signed identities", () => {
    const listens = [...(config() + server()).matchAll(/listen (.*);/g)].map(([, to]) => to);
    assert.deepEqual(listens, [
      "unix:/tmp/decide.socket",
      "127.0.0.1:4457",
      "4459",
      "4461",
      "9000",
      "127.0.0.1:4462",
      "127.0.0.1:4463",
      "4458",
      "4455 backlog=1024",
    ]);
  });

  it("requests keys only from allowed URLs, and adds the cluster's domain to the names of Services", () => {
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

  it("has no keys of service accounts unless it is configured with their URL", () => {
    const uri = { request_uri: "/service-accounts" };
    assert.equal(new NginxMaps(issuerKeysContext(), uri).value("keys_url"), "");
    assertPinned(
      "nginx-service-account-keys.conf",
      serviceAccountKeysConfig({ authorityFile: "/a/ca.crt", keysFolder: "/keys" }),
    );
  });

  it("keys a remembered decision by all that it sends Oathkeeper, and remembers only allowed requests", () => {
    const decision = /location = \/\.portcullis\/decision \{[\s\S]*?\n {2}\}/.exec(server("30s"))?.[0] ?? "";
    const [, key = ""] = /proxy_cache_key "(.*)";/.exec(decision) ?? [];
    const told = [...decision.matchAll(/proxy_set_header \S+ (\$\w+);/g)].map(
      ([, variable = ""]) => variable,
    );
    const isOfNoDecision = (variable: string) => variable === "$trace_parent";
    const standsFor: Readonly<Record<string, string>> = {
      $session_cookie: "$session",
      $request_path: "$keyed_path",
    };
    assert.deepEqual(
      told
        .filter((variable) => !isOfNoDecision(variable))
        .map((variable) => standsFor[variable] ?? variable)
        .sort(),
      key
        .split(" ")
        .filter((variable) => variable !== "$rules_version")
        .sort(),
    );
    assert.match(decision, /proxy_pass_request_headers off;/);
    assert.match(decision, /proxy_no_cache \$is_too_long \$not_remembered;/);
    assert.doesNotMatch(decision, /proxy_cache_valid/, "what is remembered is Oathkeeper's side to say");
    const said = config("30s").match(/add_header Cache-Control \$remembered.*;/g);
    assert.deepEqual(said, ["add_header Cache-Control $remembered;"], "of 200 only, as nginx adds headers");
    assert.doesNotMatch(server("off"), /proxy_cache/);
  });

  it("remembers a decision as long as configured, and with a signed identity no longer than its token is valid", () => {
    for (const [life, fresh, freshSigned] of [
      ["5s", 4, 4],
      ["60s", 59, 14],
    ] as const) {
      const remembered = (token: string) => {
        const value = new NginxMaps(config(life), { upstream_http_authorization: token }).value("remembered");
        return [...value.matchAll(/=(\d+)/g)].map(([, number]) => Number(number));
      };
      assert.deepEqual(remembered(""), [fresh, 60]);
      const [signed = 0, stale = 0] = remembered("Bearer token");
      assert.equal(signed, freshSigned);
      // nginx keeps an entry a second longer.
      assert.ok(signed + 1 + stale < tokenLifeLeft, `${life}: ${signed} s and ${stale} s`);
    }
  });

  const maps = (variables: Readonly<Record<string, string>>) =>
    new NginxMaps(requestContext(defaultSessionCookie) + routedRequests, {
      cookies_by_script: "by the script",
      ...variables,
    });

  it("removes its own cookies and leaves all others as they were sent", () => {
    const csrf = `csrf_token_${"0a".repeat(32)}=x`;
    const mine = `${defaultSessionCookie}=MTc_-w==`;
    const cookies = (text: string) => maps({ http_cookie: text }).value("cookies");
    const others = ['prefs={"theme":"dark"}', "a=1;b=2", 'x="y; z"', "csrf=1", "session=ory"];
    for (const other of others) {
      assert.equal(cookies(other), other);
      assert.equal(cookies(`${mine}; ${other}`), other);
      assert.equal(cookies(`${csrf}; ${other}`), other);
      assert.equal(cookies(`${other}; ${mine}`), other);
      assert.equal(cookies(`${other}; ${csrf}; ${mine}`), other);
      assert.equal(cookies(`${mine}; ${other}; ${csrf}; z=1`), `${other}; z=1`);
    }
    for (const odd of [
      `${mine}; ${mine}`,
      `"${defaultSessionCookie}"=x`,
      `ORY_KRATOS_SESSION=x`,
      `${csrf}; ${csrf}`,
    ])
      assert.equal(cookies(`a=1; ${odd}`), "by the script", odd);
  });

  it("upgrades a connection only to a WebSocket, and treats wss as https", () => {
    const upgrades = (text: string) => maps({ http_upgrade: text }).value("websocket");
    assert.deepEqual(["websocket", "WebSocket"].map(upgrades), ["websocket", "websocket"]);
    for (const other of ["", "h2c", "h2c, websocket", "TLS/1.0", "websockets"])
      assert.equal(upgrades(other), "");
    const proto = (text: string) => maps({ http_x_forwarded_proto: text }).value("proto");
    assert.deepEqual(["https", "wss", "ws", "http", "", "forged"].map(proto), [
      ...["https", "https", "http", "http", "http", "http"],
    ]);
  });

  it("refuses a request with a header by which software trusts a proxy", () => {
    const refused = /if \(\$http_(\w+) != ""\) \{\s+set \$answer forged-header;\s+return 400;\s+\}/g;
    assert.deepEqual(
      [...server("5s").matchAll(refused)].map(([, variable]) => variable),
      Object.keys(refusedHeaders).map((name) => name.toLowerCase().replaceAll("-", "_")),
    );
  });

  it("refuses a path that is not plain, but only where a rule depends on paths", () => {
    const goal = (uri: string, matters: string) =>
      maps({ request_uri: uri, path_matters: matters, route: "route1", access_any: "1" }).value("goal");
    for (const plain of ["/", "/a/b", "/a%20b?x=//..", "/%C3%BC", "/%e0%a0%80", "/..a", "/a%23b"])
      assert.equal(goal(plain, "1"), "route1", plain);
    const unlike = ["/a/..#", "/a#b", "/a/..%20/b", "/a/..%23b", "/a/.%3Fb", "/a/%C0%AE/b", "/a/%e0%80%af"];
    for (const odd of ["//a", "/a/../b", "/a/.", "/a%2fb", "/a%2E", "/a;b", "/a%5Cb", "/a%00", ...unlike]) {
      assert.equal(goal(odd, "1"), "ambiguous", odd);
      assert.equal(goal(odd, ""), "route1", odd);
    }
  });

  it("records a request that ends before a decision as failed, not as refused, with a numeric status", () => {
    const told = (status: string, more = {}) => {
      const one = maps({ status, ...more });
      return ["audited_status", "decision", "reason"].map((name) => one.value(name));
    };
    assert.deepEqual(told("000"), ["0", "failed", "unanswered"]);
    assert.deepEqual(told("499"), ["499", "failed", "unanswered"]);
    assert.deepEqual(told("400"), ["400", "refused", "malformed"]);
    const decided_rule = "app.team.0123456789ab";
    assert.deepEqual(told("499", { decided_rule }), ["499", "allowed", "session"]);
    assert.deepEqual(told("503", { answer: "unavailable" }), ["503", "failed", "unavailable"]);
  });

  it("sends the upstream the user's identity, and no header in which a client claims one", () => {
    for (const [file, module] of [
      ["forward.conf", "proxy"],
      ["forward-grpc.conf", "grpc"],
    ] as const) {
      const forward = files()[file] ?? "";
      for (const name of [...trustedHeaderNames, "Forwarded", "X-Portcullis-Known", "X-Portcullis-Rule"])
        assert.ok(forward.includes(`${module}_set_header ${name} "";\n`), name);
      assert.ok(forward.includes(`${module}_set_header X-User-Id $user_id;`));
      assert.ok(forward.includes(`${module}_set_header Cookie $cookies;`));
      assert.doesNotMatch(
        config() + server() + forward,
        /underscores_in_headers on|ignore_invalid_headers off/,
      );
    }
  });

  it("sets the included and the usual headers on the server, for routes without headers of their own", () => {
    const { usualHeaders } = JSON.parse(files()["routes.json"] ?? "") as { usualHeaders: [string, string][] };
    for (const [file, module] of [
      ["forward.conf", "proxy"],
      ["forward-grpc.conf", "grpc"],
    ] as const) {
      const usual = usualHeaders.map(([name, value]) => `${module}_set_header ${name} ${value};`);
      const expected = [`include /etc/portcullis/${file};`, ...usual];
      const ofServer = new RegExp(`^ {2}(?:${module}_(?:set|hide)_header|include .*/${file}).*$`, "gm");
      assert.deepEqual(
        (server().match(ofServer) ?? []).map((line) => line.trim()),
        expected,
      );
    }
  });

  it("answers only a gRPC client with a gRPC status, and counts a gRPC status as an HTTP status", () => {
    const isClient = (protocol: string, type: string) =>
      new NginxMaps(requestContext(defaultSessionCookie), {
        server_protocol: protocol,
        content_type: type,
      }).value("grpc_client");
    for (const type of ["application/grpc", "application/grpc+proto", "Application/GRPC;charset=utf-8"]) {
      assert.equal(isClient("HTTP/2.0", type), "1", type);
      assert.equal(isClient("HTTP/1.1", type), "", type);
    }
    for (const type of ["", "application/grpc-web", "application/grpcx", "text/html, application/grpc"])
      assert.equal(isClient("HTTP/2.0", type), "", type);
    const answer = (name: string) =>
      new NginxMaps(routedRequests, { answer: name }).value("grpc_status_of_answer");
    assert.deepEqual(["unauthorized", "forbidden", "unavailable"].map(answer), ["16", "7", "14"]);
    const counted = (status: string) =>
      new NginxMaps(routedRequests, { status: "200", sent_trailer_grpc_status: status }).value(
        "counted_status",
      );
    assert.deepEqual(["", "0", "14", "16", "9999"].map(counted), ["200", "200", "503", "401", "200"]);
  });

  it("reads the first readable session cookie of exactly that name, as Kratos does", () => {
    const source = /"~(.*)" \$1;/.exec(config())?.[1];
    assert.ok(source !== undefined);
    const session = (header: string) => new RegExp(source).exec(header)?.[1] ?? "";
    assert.equal(session(`${defaultSessionCookie}=MTc_-w==`), "MTc_-w==");
    assert.equal(session(`a=b; ${defaultSessionCookie}=one; ${defaultSessionCookie}=two`), "one");
    assert.equal(session(`${defaultSessionCookie}="; ${defaultSessionCookie}=two`), "two");
    for (const header of [
      "",
      `${defaultSessionCookie}=`,
      `x${defaultSessionCookie}=one`,
      `${defaultSessionCookie.toUpperCase()}=one`,
      `a=b,${defaultSessionCookie}=one`,
      `${defaultSessionCookie}=one two`,
      `${defaultSessionCookie}=one\nCookie: x`,
    ])
      assert.equal(session(header), "", header);
  });
});

describe("the access-denied endpoint", () => {
  const endpoint = config()
    .split(/^ {2}server \{$/m)
    .find((text) => text.includes("listen 4459;"));
  assert.ok(endpoint);

  it("asks Kratos itself, because a remembered session may have lost its rights", () => {
    assert.ok(endpoint.includes("auth_request /sessions/whoami;"));
    assert.doesNotMatch(endpoint, /proxy_cache/);
  });

  it("passes return_to on unchanged, only to Kratos and its own waiting page", () => {
    const uses = [...endpoint.matchAll(/.*\$return_to.*/g)].map(([line]) => line.trim());
    assert.deepEqual(uses, [
      "return 302 http://auth-server.portcullis.localhost:8080/self-service/login/browser?return_to=$return_to;",
      "return 302 http://auth-server.portcullis.localhost:8080/self-service/login/browser?aal=aal2&return_to=$return_to;",
      "return 302 /portcullis/wait?return_to=$return_to;",
    ]);
  });

  it("omits a return_to that is too long for Kratos' front", () => {
    const returnTo = (text: string) => new NginxMaps(config(), { arg_return_to: text }).value("return_to");
    assert.equal(returnTo("a".repeat(8092)), "a".repeat(8092));
    assert.equal(returnTo("a".repeat(8093)), "");
  });

  it("redirects to the setup of a second factor only where one is required", () => {
    const leads = (secondFactor: SecondFactor) => config("5s", secondFactor).includes("/settings/browser");
    assert.deepEqual((["off", "optional", "required"] as const).filter(leads), ["required"]);
  });

  it("has pages that load nothing and run no script, except the one script of the waiting page", () => {
    const { "access-denied-unavailable.html": waits = "", ...others } = accessDeniedFiles({});
    assert.deepEqual(Object.keys(others), ["access-denied-refused.html"]);
    assert.equal(waits.match(/<script/g)?.length, 1);
    for (const page of [waits.replace("<script>", ""), ...Object.values(others)])
      assert.doesNotMatch(page, /<script|src=|url\(|http:|https:/);
  });
});

describe("the nginx beside the rule operator", () => {
  const text = rulesApiConfig("/etc/kubernetes/ca.crt");

  it("is the pinned configuration", () => {
    assertPinned("nginx-rules-api.conf", text);
  });

  it("listens outside the pod only for probes, and allows only GET", () => {
    const listens = [...text.matchAll(/listen (.*);/g)].map(([, to]) => to);
    assert.deepEqual(listens, ["127.0.0.1:8082", "8083"]);
    assert.match(text, /limit_except GET \{\s*deny all;/);
  });

  it("verifies the API server's certificate", () => {
    assert.match(text, /proxy_ssl_verify on;/);
    assert.match(text, /proxy_ssl_name kubernetes\.default\.svc;/);
    assert.match(text, /proxy_ssl_trusted_certificate \/etc\/kubernetes\/ca\.crt;/);
  });
});
