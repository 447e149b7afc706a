import assert from "node:assert/strict";
import { anonymousExpectations } from "../../cli/verify/anonymous";
import { withBrowsers, type Answer, type Browser } from "../../cli/verify/browser";
import { echoService, DevStack } from "../../dev/devStack";
import { people, signIn } from "../../cli/verify/signIn";
import { examine, holds } from "../../cli/verify/table";
import { serviceUrl, type Target } from "../../cli/verify/target";
import { kubectl } from "../../dev/kubectl";
import type { DevCluster } from "../../dev/cluster";
import { eventually } from "../../cli/shared/eventually";
import { DEVELOPMENT_ZONE } from "../../dev/instances";
import { progress } from "../../cli/shared/progress";
import { testCluster } from "../cluster/run";
import { issueFor, type Issued } from "./authority";

const CERTIFICATE = "portcullis-test-certificate";

describe("a gateway with a certificate", () => {
  let cluster: DevCluster;
  let issued: Issued;
  let target: Target;
  let echo: string;

  before(async () => {
    cluster = await testCluster();
    issued = await issueFor(DEVELOPMENT_ZONE);
    target = await new DevStack(cluster, progress(), { certificate: CERTIFICATE }).up(echoService);
    echo = serviceUrl(target, "echo");
    await applyCertificate();
    await eventually(() => asSomebody((browser) => browser.ask(target.loginUi)), { seconds: 20 });
  });

  it("holds what everybody can see of any gateway, and sends HSTS", async () => {
    const findings = await withBrowsers(
      [],
      (fresh) => examine(anonymousExpectations(target, fresh), () => undefined),
      issued.authority,
    );
    assert.ok(findings.some(({ when }) => when.startsWith("Strict-Transport-Security")));
    assert.deepEqual(
      findings.filter((finding) => !holds(finding)),
      [],
    );
  });

  it("is https everywhere, by the certificate that the Secret holds", async () => {
    const origin = (label: string) =>
      `https://${label}.${DEVELOPMENT_ZONE}:${String(cluster.instance.tlsPort)}`;
    const { loginUi, identityServer, services } = target;
    assert.deepEqual(
      { loginUi, identityServer, services },
      {
        loginUi: origin("auth"),
        identityServer: origin("auth-server"),
        services: { vmagent: origin("vmagent"), echo: origin("echo") },
      },
    );
    await assert.rejects(
      withBrowsers([], (fresh) => fresh().ask(loginUi)),
      /certificate/,
    );
  });

  it("gives Secure, HttpOnly cookies only, and the session's to the whole domain", async () => {
    await asSomebody(async (browser) => {
      const page = `${echo}/report?month=11`;
      const { url, status } = await signIn(browser, page, "stub", people.admitted);
      assert.deepEqual({ url, status }, { url: page, status: 200 });
      const { cookies } = await browser.cookies.serialize();
      const ofGateway = cookies.filter(({ domain }) => domain !== `issuer.${DEVELOPMENT_ZONE}`);
      for (const { key, secure, httpOnly, sameSite } of ofGateway)
        assert.deepEqual(
          { key, secure, httpOnly, sameSite },
          { key, secure: true, httpOnly: true, sameSite: "lax" },
        );
      const session = ofGateway.find(({ key }) => key === target.sessionCookie);
      assert.equal(session?.["domain"], DEVELOPMENT_ZONE);
    });
  });

  it("sends HSTS with what a service answers too, signed in or not", async () => {
    await asSomebody(async (browser) => {
      const strict = "max-age=31536000; includeSubDomains";
      const hsts = ({ status, headers }: Answer) => [status, headers["strict-transport-security"]];
      assert.deepEqual(hsts(await browser.ask(echo)), [302, strict]);
      assert.deepEqual(hsts(await browser.ask(echo, { accept: "application/json" })), [401, strict]);
      await signIn(browser, echo, "stub", people.admitted);
      assert.deepEqual(hsts(await browser.ask(echo)), [200, strict]);
    });
  });

  it("tells the service that its user is on https, whatever the client says", async () => {
    await asSomebody(async (browser) => {
      await signIn(browser, echo, "stub", people.admitted);
      const forged = { "x-forwarded-proto": "http", "x-forwarded-port": "80" };
      const { body } = await browser.ask(echo, { headers: forged });
      const { headers } = JSON.parse(body) as { headers: Record<string, string> };
      assert.equal(headers["x-forwarded-proto"], "https");
    });
  });

  it("has rules only for https, so that plain http leads nowhere, also for who claims to come by https", async () => {
    const printed = await kubectl(cluster, [
      ...["get", "rules.oathkeeper.ory.sh", "--all-namespaces"],
      ...["-o", "jsonpath={range .items[*]}{.spec.match.url}{'\\n'}{end}"],
    ]);
    const schemes = printed
      .trim()
      .split("\n")
      .map((url) => new URL(url).protocol);
    assert.equal(schemes.filter((scheme) => scheme === "https:").length, Object.keys(target.services).length);
    assert.ok(!schemes.includes("http:"));
    await asSomebody(async (browser) => {
      await signIn(browser, echo, "stub", people.admitted);
      for (const headers of [{}, { "x-forwarded-proto": "https" }]) {
        const plain = new URL(echo);
        plain.protocol = "http:";
        plain.port = String(cluster.instance.port);
        assert.equal((await browser.ask(plain.href, { headers })).status, 404);
      }
    });
  });

  function asSomebody<T>(use: (browser: Browser) => Promise<T>): Promise<T> {
    return withBrowsers([], (fresh) => use(fresh()), issued.authority);
  }

  async function applyCertificate(): Promise<void> {
    const secret = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: CERTIFICATE, namespace: target.namespace },
      type: "kubernetes.io/tls",
      stringData: { "tls.crt": issued.certificate, "tls.key": issued.key },
    };
    await kubectl(cluster, ["apply", "--server-side", "--filename", "-"], JSON.stringify(secret));
  }
});
