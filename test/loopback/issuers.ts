import { generateKeyPairSync, sign } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { serviceAccountKeysPath, serviceAccountKeysPort } from "../../documents/nginx/serviceAccountKeys";
import type { Certificate } from "./certificates";

/** Answers every query for an IPv4 address with the same one, unless it has another for a name. */
export class NameServer {
  readonly addresses = new Map<string, string>();
  /** Names whose IPv4 addresses were queried. */
  readonly asked: string[] = [];

  constructor(private readonly address: string) {}

  async start(): Promise<void> {
    const socket = createSocket("udp4");
    socket.on("message", (question, { address, port }) => {
      // The name ends with an empty label; the type and the class follow it.
      const end = question.indexOf(0, 12) + 5;
      const isIpv4 = question.readUInt16BE(end - 4) === 1;
      const name = nameIn(question);
      if (isIpv4) this.asked.push(name);
      const header = Buffer.from([
        ...question.subarray(0, 2),
        0x81,
        0x80,
        0,
        1,
        0,
        isIpv4 ? 1 : 0,
        0,
        0,
        0,
        0,
      ]);
      const answer = [
        0xc0,
        12,
        0,
        1,
        0,
        1,
        0,
        0,
        0,
        1,
        0,
        4,
        ...(this.addresses.get(name) ?? this.address).split(".").map(Number),
      ];
      const parts = [header, question.subarray(12, end), ...(isIpv4 ? [Buffer.from(answer)] : [])];
      socket.send(Buffer.concat(parts), port, address);
    });
    socket.bind(53, "127.0.0.1").unref();
    await once(socket, "listening");
  }
}

/** The queried name: labels, each after its length. */
function nameIn(question: Buffer): string {
  const labels: string[] = [];
  for (let at = 12, length = question[at] ?? 0; length > 0; at += length + 1, length = question[at] ?? 0)
    labels.push(question.toString("latin1", at + 1, at + 1 + length));
  return labels.join(".");
}

/** Serves keys of bearer tokens over https. */
export class KeysServer {
  static readonly path = "/keys";
  static readonly keys = '{"keys":[]}';
  /** The paths at which it sends so many bytes, with the length of the answer before it or without. */
  static readonly largePath = (bytes: number, isTold: boolean) => `/${isTold ? "told" : "untold"}/${bytes}`;

  constructor(private readonly certificate: Certificate) {}

  async start(port: number): Promise<void> {
    const { certificate: cert, key } = this.certificate;
    const server = createSecureServer({ cert, key }, ({ url = "" }, response) => {
      const [, told, bytes] = /^\/(un)?told\/(\d+)$/.exec(url) ?? [];
      if (bytes === undefined) {
        response.end(KeysServer.keys);
        return;
      }
      if (told === undefined) response.setHeader("Content-Length", bytes);
      response.flushHeaders();
      response.end(Buffer.alloc(Number(bytes), " "));
    });
    await once(server.listen(port, "127.0.0.1").unref(), "listening");
  }
}

/** The cluster's part in this: it signs tokens of service accounts and publishes their keys. */
export class ServiceAccounts {
  static readonly issuer = "https://kubernetes.default.svc.cluster.local";
  private readonly pair = generateKeyPairSync("ec", { namedCurve: "P-256" });

  async start(): Promise<void> {
    const key = { ...this.pair.publicKey.export({ format: "jwk" }), kid: "1", alg: "ES256", use: "sig" };
    const server = createServer(({ url }, response) => {
      response.statusCode = url === serviceAccountKeysPath ? 200 : 404;
      response.end(JSON.stringify({ keys: [key] }));
    });
    await once(server.listen(serviceAccountKeysPort, "127.0.0.1").unref(), "listening");
  }

  /** A token of a service account, as a pod has it. */
  token(namespace: string, name: string, audience: string): string {
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      ...{ iss: ServiceAccounts.issuer, sub: `system:serviceaccount:${namespace}:${name}`, aud: [audience] },
      ...{ iat: now, nbf: now, exp: now + 600 },
    };
    const text = [{ alg: "ES256", kid: "1", typ: "JWT" }, claims]
      .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
      .join(".");
    const key = { key: this.pair.privateKey, dsaEncoding: "ieee-p1363" } as const;
    return `${text}.${sign("sha256", Buffer.from(text), key).toString("base64url")}`;
  }
}

/** An HTTP proxy that only opens tunnels, all of them to this machine, whatever the name. */
export class HttpProxy {
  static readonly port = 13128;
  /** The addresses that it was asked to connect to. */
  readonly asked: string[] = [];
  private readonly server = createServer().on("connect", (request: IncomingMessage, client: Duplex) => {
    const { url = "" } = request;
    this.asked.push(url);
    const target = connect(Number(url.split(":").at(-1)), "127.0.0.1", () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      client.pipe(target).pipe(client);
    });
    for (const [one, other] of [
      [client, target],
      [target, client],
    ] as const)
      one.on("error", () => other.destroy());
  });

  async start(): Promise<void> {
    await once(this.server.listen(HttpProxy.port, "127.0.0.1"), "listening");
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}
