import { checkServerIdentity, TLSSocket } from "node:tls";
import { Agent, buildConnector, request } from "undici";

/** What came back from a host that may have no certificate. */
export interface Uncertified {
  /** Not there where the server refused the TLS handshake for this host. */
  readonly status?: number;
  /** Whether the server showed a certificate for other hosts. */
  readonly forOtherHosts: boolean;
}

/**
 * One request, without cookies, to a host for which there may be no certificate. A certificate that names the host has
 * to be trusted, as always.
 */
export async function askUncertified(
  url: string,
  headers: Readonly<Record<string, string>>,
  connection: buildConnector.BuildOptions,
): Promise<Uncertified> {
  const { hostname } = new URL(url);
  const connect = buildConnector({ ...connection, allowH2: false, rejectUnauthorized: false });
  let forOtherHosts = false;
  const agent = new Agent({
    allowH2: false,
    connect: (options, callback) => {
      connect(options, (...[error, socket]) => {
        if (error) {
          callback(isRefusal(error) ? new HandshakeRefused() : error, null);
          return;
        }
        if (socket instanceof TLSSocket && !socket.authorized) {
          if (!checkServerIdentity(hostname, socket.getPeerCertificate())) {
            socket.destroy();
            const reason = String(socket.authorizationError);
            callback(new Error(`the certificate for ${hostname} is not trusted: ${reason}`), null);
            return;
          }
          forOtherHosts = true;
        }
        callback(null, socket);
      });
    },
  });
  try {
    const { statusCode: status, body } = await request(url, { dispatcher: agent, headers });
    await body.dump();
    return { status, forOtherHosts };
  } catch (error) {
    if (error instanceof HandshakeRefused) return { forOtherHosts };
    throw error;
  } finally {
    await agent.destroy();
  }
}

class HandshakeRefused extends Error {}

/** Some servers send one of three alerts for a name without a certificate, others close the connection. */
function isRefusal({ code = "" }: NodeJS.ErrnoException): boolean {
  return (
    code === "ECONNRESET" || /^ERR_SSL_.*(UNRECOGNIZED_NAME|HANDSHAKE_FAILURE|INTERNAL_ERROR)$/.test(code)
  );
}
