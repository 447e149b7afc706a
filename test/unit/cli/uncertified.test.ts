import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer as createHttp } from "node:http";
import { createServer as createHttps } from "node:https";
import { createServer as createTcp, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { anonymousExpectations } from "../../../cli/verify/anonymous";
import { withBrowsers } from "../../../cli/verify/browser";
import { examine, holds, type Finding } from "../../../cli/verify/table";
import { targetOf } from "../../../cli/verify/target";
import { selfSigned, type Certificate } from "../../loopback/certificates";

const ZONE = "apps.localhost";
const SERVICE = `service.${ZONE}`;
const UNKNOWN = `no-such-service.${ZONE}`;
/** Codes of TLS alerts. */
const alerts = { handshakeFailure: 40, protocolVersion: 70, internalError: 80, unrecognizedName: 112 };

describe("the host without a service, of a gateway with https", () => {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-uncertified-"));
  const opened: Server[] = [];
  let forService: Certificate;
  let forZone: Certificate;
  before(() => {
    forService = selfSigned(folder, SERVICE);
    forZone = selfSigned(folder, `*.${ZONE}`);
  });
  afterEach(() => {
    for (const server of opened.splice(0)) server.close();
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it("holds with 404 and a certificate for it", async () => {
    const port = await listening(answering(404, forZone));
    assert.deepEqual(await found(port, forZone), { holds: true, found: "404" });
  });

  it("holds with 404 and a certificate for other hosts, trusted or not, and says so", async () => {
    const port = await listening(answering(404, forService));
    const expected = { holds: true, found: "404, with a certificate for other hosts" };
    assert.deepEqual(await found(port, forService), expected);
    assert.deepEqual(await found(port, forZone), expected);
  });

  it("does not hold with another status, whatever the certificate", async () => {
    const uncertified = await listening(answering(200, forService));
    const expected = { holds: false, found: "200, with a certificate for other hosts" };
    assert.deepEqual(await found(uncertified, forService), expected);
    const certified = await listening(answering(200, forZone));
    assert.deepEqual(await found(certified, forZone), { holds: false, found: "200" });
  });

  it("does not hold with a certificate for it that nobody trusts", async () => {
    const port = await listening(answering(404, forZone));
    const result = await found(port, forService);
    assert.equal(result.holds, false);
    assert.match(
      result.found,
      new RegExp(`^the certificate for ${UNKNOWN} is not trusted: DEPTH_ZERO_SELF_SIGNED_CERT$`),
    );
  });

  it("holds where the server refuses the handshake for the host, and says so", async () => {
    const { handshakeFailure, internalError, unrecognizedName } = alerts;
    const refusing = [[], ...[handshakeFailure, internalError, unrecognizedName].map(fatal)].map(hangingUp);
    for (const server of refusing) {
      const port = await listening(server);
      assert.deepEqual(await found(port, forService), { holds: true, found: "no TLS handshake" });
    }
  });

  it("does not hold where the handshake fails for another reason than the host", async () => {
    const port = await listening(hangingUp(fatal(alerts.protocolVersion)));
    assert.equal((await found(port, forService)).holds, false);
  });

  it("does not hold where nothing listens, or where the port has no TLS", async () => {
    const closed = await listening(answering(404, forService));
    await new Promise((resolve) => opened.pop()?.close(resolve));
    assert.equal((await found(closed, forService)).holds, false);
    const plain = await listening(createHttp((_request, response) => response.writeHead(404).end()));
    assert.equal((await found(plain, forService)).holds, false);
  });

  it("leaves the certificates of all other hosts checked", async () => {
    const port = await listening(answering(200, forService));
    const others = (await findings(port, forZone)).filter(({ when }) => when !== "host that no service has");
    assert.deepEqual(others.filter(holds), []);
    for (const { found: text } of others) assert.ok(text.includes("certificate"), text);
    await withBrowsers(
      [],
      async (fresh) => {
        const browser = fresh();
        const unknown = `https://${UNKNOWN}:${String(port)}/`;
        assert.deepEqual(await browser.askUncertified(unknown), { status: 200, forOtherHosts: true });
        await assert.rejects(browser.ask(unknown), { code: "ERR_TLS_CERT_ALTNAME_INVALID" });
      },
      forService.certificate,
    );
  });

  /** The record of a fatal alert. */
  function fatal(alert: number): number[] {
    return [0x15, 0x03, 0x03, 0x00, 0x02, 0x02, alert];
  }

  /** A server that answers a client's first bytes with these and closes the connection. */
  function hangingUp(bytes: readonly number[]): Server {
    return createTcp((socket) => socket.once("data", () => socket.end(Buffer.from(bytes))));
  }

  function answering(status: number, { certificate, key }: Certificate): Server {
    return createHttps({ cert: certificate, key }, (_request, response) => response.writeHead(status).end());
  }

  async function listening(server: Server): Promise<number> {
    opened.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return (server.address() as AddressInfo).port;
  }

  async function found(port: number, trusted: Certificate): Promise<{ holds: boolean; found: string }> {
    const finding = (await findings(port, trusted)).find(({ when }) => when === "host that no service has");
    assert.ok(finding);
    return { holds: holds(finding), found: finding.found };
  }

  /** The findings of a client that trusts only this certificate. */
  function findings(port: number, { certificate }: Certificate): Promise<Finding[]> {
    const origin = (label: string) => `https://${label}.${ZONE}:${String(port)}`;
    const target = targetOf({
      loginUi: origin("auth"),
      identityServer: origin("auth-server"),
      namespace: "portcullis",
      replicas: 1,
      services: { service: origin("service") },
    });
    return withBrowsers(
      [],
      (fresh) => examine(anonymousExpectations(target, fresh), () => undefined),
      certificate,
    );
  }
});
