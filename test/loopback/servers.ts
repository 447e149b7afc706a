import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer, type Server as TlsServer } from "node:https";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { Certificate } from "./certificates";

/** Sessions by the value of their cookie, each with its owner's address. */
const sessions: Readonly<Record<string, string>> = {
  alice: "alice@example.com",
  bob: "bob@example.com",
  markup: `"<b>&'"@example.com`,
};

/** What the claims mapper wrote about a person's groups, where a provider has any. */
const claimedGroups: Readonly<Record<string, { readonly groups: unknown }>> = {
  alice: { groups: "engineers.on-call." },
  bob: { groups: "engineers." },
};

/** Stands in for Kratos: says whose a session is, and whether Kratos is healthy. */
export class Kratos {
  static readonly host = "kratos.test.svc";
  static readonly port = 4433;
  /**
   * `ill` is as without its database, which comes back for `recovering` while requests arrive. `reconnecting` is as with three
   * connections that the database has closed, `gone` as without a pod, `hanging` as with a pod that leaves one request
   * unanswered, and `silent` as with one that answers none.
   */
  state: "well" | "ill" | "recovering" | "reconnecting" | "gone" | "hanging" | "silent" = "well";
  private closedConnections = 0;
  readonly revoked = new Set<string>();
  /** How many times it was asked whose a session is. */
  asked = 0;
  /** The trace that the last request about a session was part of. */
  traceparent: string | undefined;
  private readonly server = createServer((request, response) => {
    this.answer(request, response);
  });

  /** Listens at this address of the pod, and at no earlier one. */
  async start(address = "127.0.0.1"): Promise<void> {
    this.stop();
    this.server.listen(Kratos.port, address);
    await once(this.server, "listening");
  }

  stop(): void {
    close(this.server);
  }

  private answer({ url, headers, socket }: IncomingMessage, response: ServerResponse): void {
    if (url !== "/health/ready") this.asked += 1;
    if (this.state === "gone") {
      socket.destroy();
      return;
    }
    if (url === "/health/ready" && this.state === "recovering") this.state = "well";
    if (this.state === "silent") return;
    if (this.state === "hanging") {
      this.state = "well";
      return;
    }
    const isWell = this.state === "well";
    if (url === "/health/ready") {
      response.writeHead(isWell || this.state === "reconnecting" ? 200 : 503).end("{}");
      return;
    }
    if (this.state === "reconnecting" && ++this.closedConnections === 3) {
      this.closedConnections = 0;
      this.state = "well";
    }
    this.traceparent = headers["traceparent"] as string | undefined;
    const [, value = ""] = /^ory_kratos_session_inner=([^;]*)$/.exec(headers.cookie ?? "") ?? [];
    const email = isWell && !this.revoked.has(value) ? sessions[value] : undefined;
    if (email === undefined) {
      response.writeHead(401).end("{}");
      return;
    }
    if (url === "/self-service/logout/browser") {
      response.writeHead(200, { "content-type": "application/json" }).end('{"logout_token":"t"}');
      return;
    }
    const identity = {
      id: "3f0c2c1e-1111-4222-8333-444455556666",
      metadata_public: { email, ...claimedGroups[value] },
    };
    response
      .writeHead(200, { "content-type": "application/json" })
      .end(JSON.stringify({ active: true, authenticator_assurance_level: "aal1", identity }));
  }
}

/** What the upstream was sent. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly bytes: number;
  /** The requested server name, and the client certificate's name; only over https. */
  readonly tls?: { readonly serverName: string | false; readonly client: string | undefined };
}

/** A service that reports what it was sent, and echoes what comes over a WebSocket. */
export class Upstream {
  static readonly address = "10.9.9.9:8094";
  /** A path whose response tells nginx to redirect internally. */
  static readonly redirecting = "/redirecting";
  /** A path whose answer ends with a trailer. */
  static readonly trailing = "/trailing";
  /** A path that is answered after a second and a half. */
  static readonly slow = "/slow";
  private readonly server = createServer({ maxHeaderSize: 256 * 1024 }, seen);

  async start(): Promise<void> {
    this.server.on("upgrade", ({ headers }: IncomingMessage, socket: Socket) => {
      socket.on("error", () => socket.destroy());
      socket.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
      socket.write(`${JSON.stringify(headers)}\n`);
      socket.pipe(socket);
    });
    const [host = "", port] = Upstream.address.split(":");
    this.server.listen(Number(port), host);
    await once(this.server, "listening");
  }

  stop(): void {
    close(this.server);
  }
}

const seen: RequestListener = (request, response) => {
  let bytes = 0;
  request.on("data", (chunk: Buffer) => (bytes += chunk.length));
  request.once("end", () => {
    const { method, url = "", headers, socket } = request;
    if (url === Upstream.redirecting) response.setHeader("x-accel-redirect", "@route0");
    if (url === Upstream.redirecting) response.setHeader("location", "http://upstream0/");
    const [, status] = /^\/status\/(\d{3})$/.exec(url) ?? [];
    if (status !== undefined) response.statusCode = Number(status);
    response.setHeader("content-type", "application/json");
    if (url === Upstream.trailing) {
      response.setHeader("trailer", "x-checksum");
      response.addTrailers({ "x-checksum": "1234" });
    }
    const tls = "encrypted" in socket ? { tls: tlsOf(socket as TLSSocket) } : {};
    const answer = JSON.stringify({ method, url, headers, bytes, ...tls });
    setTimeout(() => response.end(answer), url === Upstream.slow ? 1500 : 0);
  });
};

function tlsOf(socket: TLSSocket): NonNullable<Seen["tls"]> {
  const subject = socket.getPeerCertificate().subject as { CN?: string } | undefined;
  return { serverName: socket.servername ?? false, client: subject?.CN };
}

/** The same over https; it asks for a client certificate and accepts any. */
export class TlsUpstream {
  static readonly address = "10.9.9.9:8443";
  private readonly server: TlsServer;

  constructor({ certificate, key }: Certificate) {
    const asking = { requestCert: true, rejectUnauthorized: false };
    this.server = createTlsServer({ cert: certificate, key, ...asking }, seen);
  }

  async start(): Promise<void> {
    const [host = "", port] = TlsUpstream.address.split(":");
    this.server.listen(Number(port), host);
    await once(this.server, "listening");
  }
}

/** Closes a server, and its open connections. */
export function close(server: Server): void {
  server.close();
  server.closeAllConnections();
}
