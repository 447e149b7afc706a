import assert from "node:assert/strict";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { connect, type DetailedPeerCertificate } from "node:tls";
import { certificateItems, issuersOn } from "../../cli/check/certificates";
import { anonymousExpectations } from "../../cli/verify/anonymous";
import { withBrowsers, type Browser } from "../../cli/verify/browser";
import { people, signIn } from "../../cli/verify/signIn";
import { examine, holds } from "../../cli/verify/table";
import type { Target } from "../../cli/verify/target";
import { eventually } from "../../cli/shared/eventually";
import { progress } from "../../cli/shared/progress";
import type { DevCluster } from "../../dev/devCluster";
import { DevStack, echoService } from "../../dev/devStack";
import { DEVELOPMENT_ZONE } from "../../dev/instances";
import { testCluster } from "../cluster/run";
import { CertManager } from "./operators/certManager";
import { serviceUrl } from "../cluster/serviceUrl";

/** A certificate of an hour, the shortest that cert-manager issues, and renewed after half a minute. */
const shortLived = { "cert-manager.io/duration": "1h", "cert-manager.io/renew-before": "59m30s" };
const RENEWED_AFTER_MS = 60_000;

describe("a gateway with certificates from cert-manager", () => {
  let cluster: DevCluster;
  let certManager: CertManager;
  let authority: string;
  let devStack: DevStack;
  let target: Target;

  before(async function () {
    this.timeout(900_000); // Go builds cert-manager the first time
    cluster = await testCluster();
    certManager = await CertManager.install(cluster, progress());
    authority = await certManager.authority();
    const tls = { issuer: certManager.issuer };
    devStack = new DevStack(cluster, progress(), { tls, annotations: shortLived });
    target = await devStack.up();
  });
  after(() => certManager.remove());

  it("shows each host a certificate of the issuer that is for this host only", async () => {
    for (const url of [target.loginUi, target.identityServer, ...Object.values(target.services)]) {
      const { subjectaltname } = await eventually(() => certificateOf(url));
      assert.equal(subjectaltname, `DNS:${new URL(url).hostname}`);
    }
  });

  it("meets the proof's expectations of an anonymous visitor, with no certificate for a host without a service", async () => {
    const findings = await withBrowsers(
      [],
      (fresh) => examine(anonymousExpectations(target, fresh), () => undefined),
      authority,
    );
    assert.deepEqual(
      findings.filter((finding) => !holds(finding)),
      [],
    );
    const unknown = findings.find(({ when }) => when === "host that no service has");
    assert.equal(unknown?.found, "404, with a certificate for other hosts");
  });

  it("lets people in only if their browser trusts the issuer's authority", async () => {
    await asSomebody(async (browser) => {
      const { url, status } = await signIn(browser, target.service, "stub", people.admitted);
      assert.deepEqual({ url, status }, { url: new URL(target.service).href, status: 200 });
    });
    await assert.rejects(
      withBrowsers([], (fresh) => fresh().ask(target.service)),
      /certificate/,
    );
  });

  it("shows a renewed certificate, with a new key, before the old one ends, and no handshake fails", async () => {
    const first = await certificateOf(target.service);
    const deadline = Date.now() + RENEWED_AFTER_MS;
    let now = first;
    while (now.serialNumber === first.serialNumber && Date.now() < deadline) {
      await sleep(200);
      now = await certificateOf(target.service);
    }
    assert.notEqual(now.serialNumber, first.serialNumber);
    assert.notDeepEqual(now.pubkey, first.pubkey);
    assert.ok(new Date(now.valid_from) < new Date(first.valid_to));
  });

  it("gets one for a service that is added later", async () => {
    target = await devStack.up(echoService);
    const echo = serviceUrl(target, "echo");
    const { subjectaltname } = await eventually(() => certificateOf(echo));
    assert.equal(subjectaltname, `DNS:${new URL(echo).hostname}`);
    await asSomebody(async (browser) => {
      const { status } = await signIn(browser, echo, "stub", people.admitted);
      assert.equal(status, 200);
    });
  });

  it("is warned by `check` of a wildcard that its issuer, as it is now, gets no certificate for", async () => {
    const http01 = { http01: { ingress: { ingressClassName: "traefik" } } };
    const dns01 = { dns01: { webhook: { groupName: "acme.example.com", solverName: "none" } } };
    const issuer = { kind: "ClusterIssuer", name: "portcullis-test-acme" } as const;
    const wildcard = new DevStack(cluster, progress(), { tls: { issuer }, route: { wildcard: true } });
    const planned = await wildcard.planned("preview a wildcard");
    const said = async () =>
      (await certificateItems(planned, issuersOn(cluster))).map(
        ({ level, message }) => `${level}: ${message}`,
      );
    const called = `the ClusterIssuer ${issuer.name}`;
    const host = `*.${DEVELOPMENT_ZONE}`;

    const [unread = ""] = await said();
    assert.ok(unread.startsWith(`note: ${called} was not looked at for ${host}: `), unread);
    await certManager.acmeIssuer(issuer, http01);
    assert.deepEqual(await said(), [
      `warning: ${called} has no DNS-01 solver for ${host}, and no other solver can prove a wildcard: there will be no certificate. Add one, or leave out route.wildcard.`,
    ]);
    await certManager.acmeIssuer(issuer, http01, dns01);
    assert.deepEqual(await said(), []);
  });

  function asSomebody<T>(use: (browser: Browser) => Promise<T>): Promise<T> {
    return withBrowsers([], (fresh) => use(fresh()), authority);
  }

  /** The certificate that the ingress controller presents for a host; fails if the issuer's authority did not sign it. */
  async function certificateOf(url: string): Promise<DetailedPeerCertificate> {
    const { hostname: servername } = new URL(url);
    const { tlsPort: port } = cluster.instance;
    const socket = connect({ host: "127.0.0.1", port, servername, ca: authority });
    try {
      await once(socket, "secureConnect");
      return socket.getPeerCertificate(true);
    } finally {
      socket.destroy();
    }
  }
});
