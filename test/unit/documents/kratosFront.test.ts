import assert from "node:assert/strict";
import { defaultSessionCookie } from "../../../documents/shared/cookies";
import { browserEndpoints } from "../../../documents/kratos/browserEndpoints";
import {
  effectiveSignInLimits,
  signInLimitsProblems,
  type SignInLimits,
} from "../../../documents/kratos/signInLimits";
import { frontFiles, kratosFrontConfig, type KratosFrontInput } from "../../../documents/nginx/kratosFront";
import { NginxMaps } from "./nginxMaps";
import { assertPinned } from "./pinned";

const loginUiUrl = "http://auth.portcullis.localhost:8080";

function config(more: Partial<KratosFrontInput> = {}): string {
  return kratosFrontConfig({
    publicUrl: "https://auth-server.apps.example.com",
    loginUiUrl,
    branding: {},
    endpoints: endpoints(),
    limits: effectiveSignInLimits(),
    sessionCookie: defaultSessionCookie,
    folder: "/etc/kratos",
    metrics: false,
    ...more,
  });
}

function endpoints(on = false) {
  return browserEndpoints({ providerIds: ["stub"], secondFactor: on, recovery: on, verification: on });
}

/** The value of a configuration's variable for a request. */
function value(
  name: string,
  request: Readonly<Record<string, string>>,
  limits: SignInLimits | "off" = {},
  on = false,
): string {
  const [path = ""] = (request["request_uri"] ?? "").split("?");
  const variables = { request_method: "GET", remote_addr: "10.0.0.1", uri: path, ...request };
  return new NginxMaps(
    config({ limits: effectiveSignInLimits(limits), endpoints: endpoints(on) }),
    variables,
  ).value(name);
}

const action = (request: string, on = false) => {
  const [request_method = "", request_uri = ""] = request.split(" ");
  return value("action", { request_method, request_uri }, {}, on);
};

describe("the front of Kratos", () => {
  it("is the pinned configuration", () => {
    assertPinned("kratosFront.conf", config());
  });

  it("is the pinned configuration with every option", () => {
    assertPinned("kratosFront-everything.conf", config({ endpoints: endpoints(true), metrics: true }));
  });

  it("answers a load balancer's health check without Kratos and without a limit", () => {
    const [, location = ""] = /location = \/\.portcullis\/health \{([^}]*)\}/.exec(config()) ?? [];
    assert.match(location, /return 200 "";/);
    assert.doesNotMatch(location, /proxy_pass|limit_req/);
  });

  it("lets through what browsers need", () => {
    for (const [request, expected] of [
      ["GET /self-service/login/browser?return_to=https%3A%2F%2Fa", "start"],
      ["GET /self-service/settings/browser", "start"],
      ["POST /self-service/login?flow=1", "submit"],
      ["GET /self-service/methods/oidc/callback/stub?code=1&state=2", "callback"],
      ["GET /self-service/methods/oidc/callback?code=1", "callback"],
      ["POST /self-service/methods/oidc/callback/stub", "callback"],
      ["GET /self-service/logout?token=1", "submit"],
    ] as const)
      assert.equal(action(request), expected, request);
    for (const [request, expected] of [
      ["GET /.well-known/ory/webauthn.js", "read"],
      ["GET /self-service/recovery/browser", "start"],
      ["GET /self-service/recovery?flow=1&token=2", "submit"],
      ["POST /self-service/verification?flow=1", "mail"],
    ] as const) {
      assert.equal(action(request), "", `${request} while it is off`);
      assert.equal(action(request, true), expected, request);
    }
  });

  it("lets nothing else through, whatever the spelling", () => {
    const kinds = ["login", "registration", "settings", "recovery", "verification"];
    for (const request of [
      ...kinds.map((kind) => `GET /self-service/${kind}/api`),
      ...kinds.map((kind) => `GET /self-service/${kind}/flows?id=1`),
      ...kinds.flatMap((kind) =>
        ["PUT", "DELETE", "HEAD"].map((method) => `${method} /self-service/${kind}`),
      ),
      ...["login", "registration", "settings"].map((kind) => `GET /self-service/${kind}?flow=1`),
      "GET /sessions/token-exchange?init_code=1&return_to_code=2",
      "GET /sessions/whoami",
      "GET /sessions",
      "DELETE /self-service/logout/api",
      "GET /self-service/logout/browser",
      "GET /self-service/errors?id=1",
      "GET /self-service/methods/oidc/callback/other",
      "GET /self-service/methods/oidc/callback/stub/x",
      "GET /schemas",
      "GET /health/ready",
      "GET /version",
      "GET /admin/identities",
      "GET /",
      "GET //self-service/login/browser",
      "GET /self-service//login/browser",
      "GET /self-service/login/browser/",
      "GET /Self-Service/login/browser",
      "GET /self-service/login/%62rowser",
      "GET /self-service/x/../login/browser",
      "GET /self-service/login/browser;x",
      "GET /self-service/login/browser%3F",
      "GET /.well-known/ory/webauthnXjs",
    ])
      assert.equal(action(request, true), "", request);
  });

  it("sends Kratos only a fixed set of a browser's headers", () => {
    const sent = [...config().matchAll(/proxy_set_header (\S+) (.*);/g)].map(([, name, what]) => [
      name,
      what,
    ]);
    assert.deepEqual(sent, [
      ["Host", "auth-server.apps.example.com"],
      ["Connection", '""'],
      ["X-Forwarded-Proto", "https"],
      ["X-Forwarded-For", "$client_address"],
      ["Accept", "$http_accept"],
      ["Content-Type", "$content_type"],
      ["Cookie", "$session_cookie$continuity_cookie$csrf_cookies"],
      ["Origin", "$http_origin"],
      ["User-Agent", "$http_user_agent"],
      ["X-Request-Id", "$x_request_id"],
    ]);
    assert.match(config(), /proxy_pass_request_headers off;/);
  });

  it("answers with its own page when Kratos fails or is unreachable", () => {
    assert.match(config(), /error_page 500 502 503 504 \/front-500\.html;/);
    const [, location = ""] = /location \/ \{([^]*?)\n {4}\}/.exec(config()) ?? [];
    assert.match(location, /proxy_intercept_errors on;/);
    assert.ok("front-500.html" in frontFiles(loginUiUrl, {}));
  });

  it("has pages that run no script and load nothing", () => {
    for (const page of Object.values(frontFiles(loginUiUrl, {})))
      assert.doesNotMatch(page, /<script|src=|url\(/);
  });
});

describe("a client of the front", () => {
  const client = (http_x_forwarded_for: string, trustedHops = 1) =>
    value("client", { http_x_forwarded_for }, { trustedHops });

  it("is the address that the ingress controller writes, and no text that the client sends", () => {
    assert.equal(client("192.0.2.1"), "192.0.2.1");
    assert.equal(client("203.0.113.7, 192.0.2.1"), "192.0.2.1");
    assert.equal(client("203.0.113.7,192.0.2.1:4711"), "192.0.2.1");
    assert.equal(client("::ffff:192.0.2.1"), "192.0.2.1");
    for (const text of ["", "unknown", "192.0.2.1, ", "192.0.2.1, a'b", "192.0.2"])
      assert.equal(client(text), "10.0.0.1", text);
  });

  it("is the entry that the outermost trusted proxy writes, or else the connecting address", () => {
    assert.equal(client("203.0.113.7, 192.0.2.1, 198.51.100.1", 2), "192.0.2.1");
    assert.equal(client("198.51.100.1", 2), "10.0.0.1", "a proxy was gone around");
    assert.equal(client("192.0.2.1", 0), "10.0.0.1");
  });

  it("is the address that the ingress controller writes, even without limits", () => {
    const http_x_forwarded_for = "203.0.113.7, 192.0.2.1";
    for (const name of ["client", "client_address"])
      assert.equal(value(name, { http_x_forwarded_for }, "off"), "192.0.2.1", name);
    assert.match(config({ limits: "off" }), /proxy_set_header X-Forwarded-For \$client_address;/);
  });

  it("is the /64 network of an IPv6 address", () => {
    for (const address of ["2001:db8:1:2::1", "2001:db8:1:2:3:4:5:6", "[2001:DB8:1:2::9]:443"])
      assert.equal(client(address).toLowerCase(), "2001:db8:1:2", address);
    for (const address of ["2001:db8::1", "2001:db8::ffff:1", "[2001:db8::9]:443"])
      assert.equal(client(address), "2001:db8::", address);
    assert.equal(client("::1"), "::");
    for (const [network, ...addresses] of [
      ["2001:db8:1::", "2001:db8:1::5", "2001:db8:1:0:5::1", "[2001:db8:1:0:5::1]:443"],
      ["2001:db8::", "2001:db8::5:0:0:1", "2001:db8:0:0:5::"],
      ["2001::", "2001::5:1:2:3:4", "2001:0:0:5::1", "2001::1", "2001:0:0:0:5::"],
      ["2001:db8:0:1", "2001:db8:0:1::5", "2001:db8:0:1:2:3:4:5"],
    ] as const)
      for (const address of addresses) assert.equal(client(address), network, address);
  });
});

describe("the limits of the front", () => {
  const cookie = "MTc2NDEyMzQ1NnxBQUFBQUFBQUFBQUFBQUFBQUFBQUE9";
  const session = (http_cookie: string, request_uri = "/self-service/login?flow=1") =>
    value("second_step_session", { request_method: "POST", request_uri, http_cookie });

  it("count a second step by its session, however the cookie is spelled", () => {
    const key = cookie.slice(0, -4);
    for (const text of [
      `${defaultSessionCookie}=${cookie}`,
      `a=b; ${defaultSessionCookie}=${cookie}; c=d`,
      `${defaultSessionCookie}="${cookie}"`,
      `${defaultSessionCookie} =${cookie} `,
      `x${defaultSessionCookie}=AAAABBBB; ${defaultSessionCookie}=${cookie}`,
      `${defaultSessionCookie}="AAAABBBB; ${defaultSessionCookie}=${cookie}`,
      `${defaultSessionCookie}=AAAA\\BBBB; ${defaultSessionCookie}=${cookie}`,
      `${defaultSessionCookie}=${cookie.slice(0, -1)}8`,
    ])
      assert.equal(session(text), key, text);
  });

  it("count a second step by this gateway's session, even beside another gateway's", () => {
    const context = config({ sessionCookie: "ory_kratos_session_inner" });
    for (const http_cookie of [
      `ory_kratos_session_inner=${cookie}; ory_kratos_session=AAAABBBB`,
      `ory_kratos_session=AAAABBBB; ory_kratos_session_inner=${cookie}`,
    ])
      assert.equal(new NginxMaps(context, { http_cookie }).value("session"), cookie.slice(0, -4));
  });

  it("count no session that Kratos does not receive", () => {
    assert.equal(session(`${defaultSessionCookie}=a b`), "");
    assert.equal(session("a=b"), "");
    const longest = "A".repeat(4096);
    assert.equal(session(`${defaultSessionCookie}=${longest}`), longest.slice(4));
    for (const text of [`${longest}A`, `"${longest}A"`])
      assert.equal(session(`${defaultSessionCookie}=${text}`), "", "longer than Kratos reads");
    assert.equal(session(`${defaultSessionCookie}=${cookie}`, "/self-service/settings?flow=1"), "");
  });

  it("are the configured ones, the defaults, or none", () => {
    const zones = (limits: SignInLimits | "off") =>
      [...config({ limits: effectiveSignInLimits(limits) }).matchAll(/zone=(\w+):\w+ rate=(\w+\/m);/g)].map(
        ([, name, rate]) => `${String(name)} ${String(rate)}`,
      );
    assert.deepEqual(zones({ starts: { perMinute: 7, burst: 3 } }), [
      "starts 7r/m",
      "submits 300r/m",
      "callbacks 300r/m",
      "mails 6r/m",
      "secondSteps 120r/m",
      "secondStepsOfSession 3r/m",
      "total 6000r/m",
    ]);
    const few = effectiveSignInLimits({ starts: { perMinute: 7, burst: 3 } });
    assert.match(config({ limits: few }), /zone=starts burst=3 nodelay;/);
    assert.deepEqual(zones("off"), []);
    assert.doesNotMatch(config({ limits: "off" }), /limit_req|\$retry_after/);
  });

  it("are refused where nginx could not count them", () => {
    assert.deepEqual(signInLimitsProblems("limits", "off"), []);
    assert.deepEqual(
      signInLimitsProblems("limits", { trustedHops: 0, total: { perMinute: 1, burst: 0 } }),
      [],
    );
    const problems = signInLimitsProblems("limits", {
      trustedHops: -1,
      starts: { perMinute: 0, burst: 1.5 },
      total: { perMinute: 60_001, burst: 1 },
    });
    assert.deepEqual(
      problems.map(({ path, value: found }) => `${path} ${found}`),
      [
        "limits.trustedHops -1",
        "limits.starts.perMinute 0",
        "limits.starts.burst 1.5",
        "limits.total.perMinute 60001",
      ],
    );
  });
});
