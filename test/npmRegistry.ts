import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { run } from "../cli/shared/exec";

/** The body that `npm publish` sends. */
interface Published {
  readonly name: string;
  readonly versions: Readonly<Record<string, object>>;
  readonly "dist-tags": Readonly<Record<string, string>>;
  readonly _attachments: Readonly<Record<string, { readonly data: string }>>;
}

/** An npm registry on loopback that serves what is published to it, and redirects to the real one for everything else. */
export class NpmRegistry {
  private readonly packages = new Map<string, Published>();

  private constructor(
    private readonly server: Server,
    private readonly upstream: string,
  ) {}

  static async start(): Promise<NpmRegistry> {
    const upstream = (await run("npm", ["config", "get", "registry"])).trim().replace(/\/$/, "");
    const server = createServer();
    const registry = new NpmRegistry(server, upstream);
    server.on("request", (request: IncomingMessage, response: ServerResponse) => {
      registry.answer(request, response).catch((error: unknown) => {
        response.writeHead(500).end(String(error));
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return registry;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The environment in which npm uses it and publishes to it. */
  get environment(): Readonly<Record<string, string>> {
    return {
      NPM_CONFIG_REGISTRY: this.url,
      [`NPM_CONFIG_${this.url.replace(/^http:/, "")}/:_authToken`]: "anybody",
    };
  }

  get published(): string[] {
    return [...this.packages.values()].flatMap(({ name, versions }) =>
      Object.keys(versions).map((version) => `${name}@${version}`),
    );
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, "close");
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [name = "", ...rest] = decodeURIComponent(request.url ?? "/")
      .slice(1)
      .split("/-/");
    if (request.method === "PUT") {
      const published = (await json(request)) as Published;
      this.packages.set(published.name, published);
      response.writeHead(201, { "content-type": "application/json" }).end("{}");
      return;
    }
    const here = this.packages.get(name);
    if (!here) {
      response.writeHead(307, { location: `${this.upstream}${request.url ?? "/"}` }).end();
      return;
    }
    const [file] = rest;
    if (file === undefined) {
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(here));
      return;
    }
    const attached = Object.entries(here._attachments).find(([attachment]) => attachment.endsWith(file));
    if (attached) response.writeHead(200).end(Buffer.from(attached[1].data, "base64"));
    else response.writeHead(404).end();
  }
}
