import { checkServerIdentity, TLSSocket } from "node:tls";
import { Agent, buildConnector, request } from "undici";

/** The answer of a host that may have no certificate. */
export interface Uncertified {
  /** Absent if the server refused the TLS handshake for this host. */
  readonly status?: number;
  /** Whether the server presented a certificate for other hosts. */
  readonly forOtherHosts: boolean;
}

/**
 * Sends one request, without cookies, to a host that may have no certificate. A certificate that names the host must be
 * trusted, as always.
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

/** For a name without a certificate, some servers send one of three alerts, and others close the connection. */
function isRefusal({ code = "" }: NodeJS.ErrnoException): boolean {
  return (
    code === "ECONNRESET" || /^ERR_SSL_.*(UNRECOGNIZED_NAME|HANDSHAKE_FAILURE|INTERNAL_ERROR)$/.test(code)
  );
}
