import assert from "node:assert/strict";
import type { AccessGatewayArgs } from "../../../components/accessGateway/args";
import { problemsOfKnown } from "../../../components/shared/known";
import { outboundProblems, type OutboundArgs } from "../../../components/shared/outbound";
import { authority } from "../authority";
import { run } from "../mocks";
import { pod } from "./podSpecs";
import { gateway } from "./programs";

const httpsProxy = "http://proxy.example.com:3128";
const toProxy = {
  alsoTo: { identityServer: [{ to: [{ ipBlock: { cidr: "10.0.0.8/32" } }], ports: [3128] }] },
} as const;

const problemsOf = (outbound: OutboundArgs, egress?: AccessGatewayArgs["egress"]) =>
  problemsOfKnown(
    (property) => property,
    { outbound, egress },
    (path, known) =>
      known.outbound ? outboundProblems((key) => path(`outbound.${key}`), known.outbound, known.egress) : [],
  );

describe("an outbound setting of a gateway", () => {
  const accepted: Readonly<Record<string, readonly [OutboundArgs, AccessGatewayArgs["egress"]?]>> = {
    "a proxy that the identity server may connect to": [
      { httpsProxy, noProxy: [".example.com", "10.0.0.0/8"] },
      toProxy,
    ],
    "a proxy, where egress is off": [{ httpsProxy }, "off"],
    "a proxy whose URL a Secret has": [{ httpsProxy: { secretName: "proxy", key: "url" } }, toProxy],
    "authorities as they are": [{ authorities: { pem: authority } }],
    "authorities of a ConfigMap": [{ authorities: { configMapName: "internal-ca", key: "ca.crt" } }],
  };
  for (const [what, [outbound, egress]] of Object.entries(accepted))
    it(`may be ${what}`, () => {
      assert.deepEqual(problemsOf(outbound, egress), []);
    });

  const refused: Readonly<Record<string, readonly [OutboundArgs, string, RegExp]>> = {
    "a proxy that nothing leads to": [{ httpsProxy }, "outbound.httpsProxy", /cannot be reached/],
    "a proxy that nothing leads to, whose URL a Secret has": [
      { httpsProxy: { secretName: "proxy", key: "url" } },
      "outbound.httpsProxy",
      /cannot be reached/,
    ],
    "a proxy without a scheme": [
      { httpsProxy: "proxy:3128" },
      "outbound.httpsProxy",
      /is not the URL of an HTTP proxy/,
    ],
    "a proxy with a path": [
      { httpsProxy: `${httpsProxy}/pac` },
      "outbound.httpsProxy",
      /is not the URL of an HTTP proxy/,
    ],
    "a SOCKS proxy": [
      { httpsProxy: "socks5://proxy:1080" },
      "outbound.httpsProxy",
      /is not the URL of an HTTP proxy/,
    ],
    "exceptions from no proxy": [
      { noProxy: ["a.example.com"] },
      "outbound.noProxy",
      /lists exceptions, but there is no proxy/,
    ],
    "what is no PEM": [{ authorities: { pem: "ca" } }, "outbound.authorities.pem", /./],
  };
  for (const [what, [outbound, path, reason]] of Object.entries(refused))
    it(`may not be ${what}`, () => {
      const [problem, ...others] = problemsOf(outbound);
      assert.deepEqual(others, []);
      assert.equal(problem?.path, path);
      assert.match(problem.reason, reason);
    });

  it("may not be an exception with a scheme", () => {
    const [problem] = problemsOf({ httpsProxy, noProxy: ["10.0.0.8", "https://a.example.com"] }, toProxy);
    assert.equal(problem?.path, "outbound.noProxy[1]");
  });

  it("is refused with a password in the URL of a proxy, and does not show it", () => {
    for (const proxy of [
      "http://user:hunter2@proxy:3128",
      "user:hunter2@proxy:3128",
      "http://user:hunter2/@proxy:3128",
    ]) {
      const [problem] = problemsOf({ httpsProxy: proxy }, toProxy);
      assert.match(problem?.reason ?? "", /would be in the state/);
      assert.doesNotMatch(JSON.stringify(problem), /hunter2/);
    }
  });

  it("is passed to every container of Kratos, and closes the internet except for the proxy", async () => {
    const { made } = await run(() =>
      gateway({ outbound: { httpsProxy, noProxy: [".corp"] }, egress: toProxy }),
    );
    const told = [
      { name: "HTTPS_PROXY", value: httpsProxy },
      { name: "NO_PROXY", value: ".svc,.svc.cluster.local,localhost,127.0.0.1,::1,.corp" },
    ];
    for (const [kind, name] of [
      [":Deployment", "access-identity"],
      [":Job", "access-identity-migrate"],
    ] as const)
      assert.ok(JSON.stringify(pod(made, name, kind)).includes(JSON.stringify(told).slice(1, -1)), name);
    const policy = JSON.stringify(made.one(":NetworkPolicy", "access-identity-egress").inputs);
    assert.match(policy, /10\.0\.0\.8\/32/);
    assert.doesNotMatch(policy, /0\.0\.0\.0\/0/);
  });

  it("puts authorities into their own folder, apart from the database's", async () => {
    const { made } = await run(() => gateway({ outbound: { authorities: { pem: authority } } }));
    const identity = JSON.stringify(pod(made, "access-identity"));
    assert.ok(identity.includes('{"name":"SSL_CERT_DIR","value":"/etc/kratos/authorities"}'));
    assert.match(
      identity,
      /"items":\[\{"key":"login-providers\.pem","path":"authorities\/login-providers\.pem"\}\]/,
    );
    assert.match(
      JSON.stringify(pod(made, "access-proxy").containers),
      /cat [^;]* \/etc\/portcullis\/issuers\.pem >/,
    );
  });
});
