import assert from "node:assert/strict";
import { once } from "node:events";
import WebSocket from "ws";
import { anonymousExpectations } from "../../cli/verify/anonymous";
import { withBrowsers, type Answer, type Browser } from "../../cli/verify/browser";
import { echoService, DevStack } from "../../dev/devStack";
import { people, signIn } from "../../cli/verify/signIn";
import { examine, holds } from "../../cli/verify/table";
import type { Target } from "../../cli/verify/target";
import { applyObjects, kubectl } from "../../dev/kubectl";
import type { DevCluster } from "../../dev/devCluster";
import { eventually } from "../../cli/shared/eventually";
import { DEVELOPMENT_ZONE } from "../../dev/instances";
import { progress } from "../../cli/shared/progress";
import { testCluster } from "../cluster/run";
import { issueFor, tlsSecret, type Issued } from "./authority";
import { serviceUrl } from "../cluster/serviceUrl";

const CERTIFICATE = "portcullis-test-certificate";

const TOOLS = "tools";
const metricsLabels = (name: string) => ({ "app.kubernetes.io/name": name });
const metricsStorage = {
  upstream: {
    ...{ namespace: "monitoring", name: "victoria-metrics", port: 8428, targetPort: 8428 },
    pods: metricsLabels("victoria-metrics"),
  },
  isolation: { alsoAllow: [{ podSelector: { matchLabels: metricsLabels("vmagent") } }] },
};
const services = {
  metrics: metricsStorage,
  prometheus: { ...metricsStorage, hosts: [`${TOOLS}.${DEVELOPMENT_ZONE}`], paths: ["/prometheus"] },
};

describe("a gateway with a certificate", () => {
  let cluster: DevCluster;
  let issued: Issued;
  let target: Target;
  let echo: string;

  before(async () => {
    cluster = await testCluster();
    issued = await issueFor(DEVELOPMENT_ZONE);
    const tls = { secretName: CERTIFICATE };
    target = await new DevStack(cluster, progress(), { tls, services }).up(echoService);
    echo = serviceUrl(target, "echo");
    await applyCertificate();
    await eventually(() => asSomebody((browser) => browser.ask(target.loginUi)));
  });

  it("meets the proof's expectations of an anonymous visitor, and sends HSTS", async () => {
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

  it("has https URLs only, which a browser without the certificate's authority refuses", async () => {
    const origin = (label: string) =>
      `https://${label}.${DEVELOPMENT_ZONE}:${String(cluster.instance.tlsPort)}`;
    const { loginUi, identityServer, services } = target;
    assert.deepEqual(
      { loginUi, identityServer, services },
      {
        loginUi: origin("auth"),
        identityServer: origin("auth-server"),
        services: {
          ...{ vmagent: origin("vmagent"), echo: origin("echo"), metrics: origin("metrics") },
          prometheus: `${origin(TOOLS)}/prometheus`,
        },
      },
    );
    await assert.rejects(
      withBrowsers([], (fresh) => fresh().ask(loginUi)),
      /certificate/,
    );
  });

  it("sets only Secure, HttpOnly cookies, and the session's for the whole domain", async () => {
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

  it("sends HSTS with a service's answers too, signed in or not", async () => {
    await asSomebody(async (browser) => {
      const strict = "max-age=31536000; includeSubDomains";
      const hsts = ({ status, headers }: Answer) => [status, headers["strict-transport-security"]];
      assert.deepEqual(hsts(await browser.ask(echo)), [302, strict]);
      assert.deepEqual(hsts(await browser.ask(echo, { accept: "application/json" })), [401, strict]);
      await signIn(browser, echo, "stub", people.admitted);
      assert.deepEqual(hsts(await browser.ask(echo)), [200, strict]);
    });
  });

  it("sends the service X-Forwarded-Proto: https, whatever the client sends", async () => {
    await asSomebody(async (browser) => {
      await signIn(browser, echo, "stub", people.admitted);
      const forged = { "x-forwarded-proto": "http", "x-forwarded-port": "80" };
      const { body } = await browser.ask(echo, { headers: forged });
      const { headers } = JSON.parse(body) as { headers: Record<string, string> };
      assert.equal(headers["x-forwarded-proto"], "https");
    });
  });

  it("passes on the UI of VictoriaMetrics, its scripts and its queries", async () => {
    await asSomebody(async (browser) => {
      const ui = `${serviceUrl(target, "metrics")}/vmui/`;
      const page = await signIn(browser, ui, "stub", people.admitted);
      assert.deepEqual([page.url, page.status], [ui, 200]);
      const [, script = ""] = /<script [^>]*src="([^"]+[.]js)"/.exec(page.body) ?? [];
      const { status, headers } = await browser.ask(new URL(script, ui).href);
      assert.deepEqual([status, String(headers["content-type"]).includes("javascript")], [200, true]);
      await eventually(
        async () => {
          assert.deepEqual(await scraped(browser, new URL("/", ui).href), ["1"]);
        },
        {
          seconds: 60,
        },
      );
    });
  });

  it("passes on a Prometheus API below a path of a host, and nothing else of that host", async () => {
    await asSomebody(async (browser) => {
      const prometheus = `${serviceUrl(target, "prometheus")}/`;
      await signIn(browser, `${prometheus}api/v1/labels`, "stub", people.admitted);
      await eventually(
        async () => {
          assert.deepEqual(await scraped(browser, prometheus), ["1"]);
        },
        {
          seconds: 60,
        },
      );
      assert.equal((await browser.ask(new URL("/api/v1/labels", prometheus).href)).status, 404);
    });
  });

  it("lets a service compare the origin of a request with its own host, as Grafana and Django do", async () => {
    await asSomebody(async (browser) => {
      await signIn(browser, echo, "stub", people.admitted);
      const { origin, host } = new URL(echo);
      const { body } = await browser.ask(echo, { method: "POST", headers: { origin } });
      const { headers } = JSON.parse(body) as { headers: Record<string, string> };
      assert.deepEqual(
        [headers["origin"], headers["host"], headers["x-forwarded-host"]],
        [origin, host, host],
      );
    });
  });

  it("passes WebSockets on, only with a session", async () => {
    await asSomebody(async (browser) => {
      const refused = await openSocket();
      assert.equal(refused.status, 401);
      await signIn(browser, echo, "stub", people.admitted);
      const { socket } = await openSocket(await browser.cookies.getCookieString(echo));
      socket.send("Grüße");
      const [message] = (await once(socket, "message")) as [Buffer];
      assert.equal(message.toString(), "Grüße");
      socket.close();
    });
  });

  it("has Rules only for https; plain http leads nowhere, even with a forged X-Forwarded-Proto", async () => {
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

  /** The value of the scraper's own `up`, as the storage's API returns it under this address. */
  async function scraped(browser: Browser, api: string): Promise<readonly string[]> {
    const query = new URL(`api/v1/query?query=${encodeURIComponent('up{job="vmagent"}')}`, api);
    const { status, body } = await browser.ask(query.href, { accept: "application/json" });
    assert.equal(status, 200, body);
    const { data } = JSON.parse(body) as { data: { result: { value: [number, string] }[] } };
    return data.result.map(({ value: [, value] }) => value);
  }

  /** A WebSocket to the echo, open, or the status that it is refused with. */
  async function openSocket(cookie = ""): Promise<{ socket: WebSocket; status?: number }> {
    const url = new URL("/socket", echo.replace(/^http/, "ws"));
    const socket = new WebSocket(url, {
      headers: { cookie },
      ca: issued.authority,
      lookup: (_name, _options, callback) => {
        callback(null, [{ address: "127.0.0.1", family: 4 }]);
      },
    });
    const status = await new Promise<number | undefined>((resolve, reject) => {
      socket.once("unexpected-response", (_request, { statusCode }) => {
        resolve(statusCode);
      });
      socket.once("error", reject);
      socket.once("open", () => {
        resolve(undefined);
      });
    });
    return { socket, ...(status !== undefined && { status }) };
  }

  function asSomebody<T>(use: (browser: Browser) => Promise<T>): Promise<T> {
    return withBrowsers([], (fresh) => use(fresh()), issued.authority);
  }

  async function applyCertificate(): Promise<void> {
    await applyObjects(cluster, tlsSecret(CERTIFICATE, target.namespace, issued));
  }
});
