import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, type Browser } from "playwright-core";
import { z } from "zod";
import { Person } from "./person";

/** Debian's package of a Chromium that can only be headless: it takes half of the processor time of the one with windows. */
export const CHROMIUM = "chromium-headless-shell";
/** Nothing listens there. A name that does not resolve would make Chromium ask public servers whether it is online. */
const NOWHERE = "127.0.0.1:1";

/** As the pages are photographed; sharp on high-resolution screens. */
const view = { viewport: { width: 900, height: 480 }, deviceScaleFactor: 1.5, locale: "en-GB" };

/** Debian's Chromium, headless, and with no way out of this machine. */
export class Chromium {
  private readonly requestedHosts = new Set<string>();

  private constructor(
    private readonly browser: Browser,
    private readonly zone: string,
    private readonly folder: string,
  ) {}

  /** @param zone the domain whose hosts are this machine; any other host refuses the connection */
  static async launch(zone: string): Promise<Chromium> {
    const folder = await mkdtemp(join(tmpdir(), "portcullis-chromium-"));
    const browser = await chromium.launch({
      executablePath: `/usr/bin/${CHROMIUM}`,
      args: [
        "--no-sandbox", // it runs as root
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        `--host-resolver-rules=MAP *.${zone} 127.0.0.1, MAP * ${NOWHERE}, EXCLUDE 127.0.0.1`,
        `--log-net-log=${netLog(folder)}`,
      ],
    });
    return new Chromium(browser, zone, folder);
  }

  /** A person with their own browser, without any cookie. */
  async person(): Promise<Person> {
    const context = await this.browser.newContext(view);
    context.on("request", (request) => this.requestedHosts.add(new URL(request.url()).hostname));
    return new Person(await context.newPage());
  }

  /**
   * Closes Chromium.
   *
   * @returns what it tried to send out of this machine: hosts outside the zone that pages requested, which got no
   * response, and addresses elsewhere that Chromium itself sent anything to
   */
  async close(): Promise<string[]> {
    await this.browser.close();
    const addresses = contacted(await readFile(netLog(this.folder), "utf8"));
    await rm(this.folder, { recursive: true, force: true });
    return [
      ...[...this.requestedHosts].filter((host) => !host.endsWith(`.${this.zone}`)),
      ...addresses.filter((address) => !address.startsWith("127.0.0.1:")),
    ];
  }
}

function netLog(folder: string): string {
  return join(folder, "net-log.json");
}

const netLogSchema = z.object({
  constants: z.object({ logEventTypes: z.record(z.string(), z.int()) }),
  events: z.array(
    z.object({
      type: z.int(),
      source: z.object({ id: z.int() }),
      params: z.object({ address: z.string().optional() }).optional(),
    }),
  ),
});

/**
 * Every address that Chromium connected to or sent a datagram to. Only opening a datagram socket sends nothing:
 * this is how Chromium asks the kernel whether there is a route for IPv6.
 */
function contacted(text: string): string[] {
  const { constants, events } = netLogSchema.parse(JSON.parse(text));
  const { TCP_CONNECT_ATTEMPT, UDP_CONNECT, UDP_BYTES_SENT } = constants.logEventTypes;
  const senders = new Set(
    events.filter(({ type }) => type === UDP_BYTES_SENT).map(({ source }) => source.id),
  );
  return events.flatMap(({ type, source, params }) => {
    const connects = type === TCP_CONNECT_ATTEMPT || (type === UDP_CONNECT && senders.has(source.id));
    return connects && params?.address !== undefined ? [params.address] : [];
  });
}
