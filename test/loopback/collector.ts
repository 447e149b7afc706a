import { once } from "node:events";
import { createServer } from "node:http";

/** Receives spans as an OTLP collector does, and keeps them as they were sent. */
export class Collector {
  private readonly received: Buffer[] = [];
  private readonly server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.once("end", () => {
      if (request.url === "/v1/traces") this.received.push(Buffer.concat(parts));
      response.writeHead(200, { "content-type": "application/x-protobuf" }).end();
    });
  });

  async start(port: number): Promise<void> {
    this.server.listen(port, "127.0.0.1");
    await once(this.server, "listening");
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  /** Whether a server has sent spans; with an id, spans of that trace. The message contains both as they are. */
  has(server: string, traceId = ""): boolean {
    return this.received.some(
      (spans) =>
        spans.includes(`service.name`) &&
        spans.includes(server) &&
        spans.includes(Buffer.from(traceId, "hex")),
    );
  }
}
