import assert from "node:assert/strict";
import { globSync, mkdtempSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Browser, withBrowsers } from "../../cli/verify/browser";
import { buttonsThatLeadNowhere } from "../../cli/verify/providers";
import { people } from "../../cli/verify/signIn";
import { proxySettings } from "../../components/shared/outbound";
import { nginxPorts } from "../../documents/rules/ports";
import { selfSigned } from "./certificates";
import { Identity, kratosUrl, loginUi } from "./identity";
import { HttpProxy, KeysServer } from "./issuers";
import { ProxyPod } from "./pod";

describe("login providers behind an HTTP proxy, with private authorities", () => {
  const folder = mkdtempSync(join(process.env["LOOPBACK_ROOT"] ?? tmpdir(), "authorities-"));
  const certificate = selfSigned(folder, "idp.example.test");
  const proxy = new HttpProxy();
  let identity: Identity;

  before(async () => {
    const trusted = mkdtempSync(join(folder, "trusted-"));
    writeFileSync(join(trusted, "authorities.pem"), certificate.certificate);
    const variables = proxySettings(`http://127.0.0.1:${HttpProxy.port}`, []);
    await proxy.start();
    identity = await Identity.start({
      providers: {
        known: { https: { host: "idp.example.test", certificate } },
        unknown: {
          https: {
            host: "idp.example.test",
            certificate: selfSigned(mkdtempSync(join(folder, "foreign-")), "idp.example.test"),
          },
        },
      },
      variables: {
        ...variables,
        SSL_CERT_DIR: trusted,
      },
    });
  });
  after(async () => {
    await identity.stop();
    proxy.stop();
  });

  it("sign people in, even where only the proxy can resolve their names", async () => {
    const browser = new Browser(["idp.example.test"], certificate.certificate);
    try {
      const login = await browser.open(`${loginUi}/login`);
      const atIssuer = await browser.press(login, { button: { name: "provider", value: "known" } });
      assert.match(atIssuer.url, /^https:\/\/idp\.example\.test:/);
      const { body } = await browser.press(atIssuer, { fields: { login: people.admitted } });
      assert.ok(body.includes("signed in as alice@example.com"), body);
      assert.ok(proxy.asked.includes("idp.example.test:18443"));
    } finally {
      await browser.close();
    }
  });

  it("are refused with a certificate of an unknown authority", async () => {
    await withBrowsers([], async (fresh) => {
      const reasons = await buttonsThatLeadNowhere(kratosUrl, fresh);
      assert.deepEqual(reasons, { unknown: "answered 500, see Kratos' log" });
    });
  });
});

describe("keys of bearer tokens", () => {
  const keysOf = async (
    { host, port }: { readonly host: string; readonly port: number },
    path: string = KeysServer.path,
  ) => {
    const pod = await ProxyPod.shared();
    return pod.ask(`/https/${host}:${port}${path}`, { port: nginxPorts.issuerKeys });
  };

  it("come from an issuer whose certificate the gateway's own authorities signed", async () => {
    const { status, body } = await keysOf(ProxyPod.issuer);
    assert.deepEqual([status, body], [200, KeysServer.keys]);
  });

  it("do not come from an issuer with a certificate of an unknown authority", async () => {
    const { status } = await keysOf(ProxyPod.foreignIssuer);
    assert.equal(status, 404);
  });

  it("are at most as large as the keys of many issuers, so that none fills the pod's memory", async () => {
    const most = 128 * 1024;
    for (const isTold of [true, false]) {
      const { body } = await keysOf(ProxyPod.issuer, KeysServer.largePath(most, isTold));
      assert.equal(body.length, most);
      const cut = await keysOf(ProxyPod.issuer, KeysServer.largePath(32 * most, isTold));
      assert.ok(cut.body.length <= most, String(cut.body.length));
    }
    const root = process.env["LOOPBACK_ROOT"] ?? "";
    const files = globSync("tmp/issuer-keys/*/*", { cwd: root }).map(
      (file) => statSync(join(root, file)).size,
    );
    assert.ok(Math.max(...files) <= most + 1000, files.join(", "));
  });
});
