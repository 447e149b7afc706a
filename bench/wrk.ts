import { join } from "node:path";
import { z } from "zod";
import { run } from "../cli/shared/exec";
import { Failure } from "../cli/shared/failure";
import { checkout } from "../dev/checkout";

/** A client that requests one URL repeatedly. */
export interface Load {
  /** The address to connect to. */
  readonly origin: string;
  /** The requested host, with its port. */
  readonly host: string;
  readonly cookie: string;
  /** @default "/" */
  readonly path?: string;
  readonly connections: number;
  readonly seconds: number;
}

const resultSchema = z.object({
  requests: z.number(),
  seconds: z.number(),
  p50Ms: z.number(),
  p99Ms: z.number(),
  /** Responses with any status but 200. */
  non200: z.number(),
  socketErrors: z.number(),
});

/** The result of a load. */
export type LoadResult = z.infer<typeof resultSchema> & { readonly perSecond: number };

/** Longer than any response takes: after it, a response counts as a socket error. */
const TIMEOUT = "5s";

/** Runs wrk, on one thread, for a given time. */
export async function load({
  origin,
  host,
  cookie,
  path = "/",
  connections,
  seconds,
}: Load): Promise<LoadResult> {
  const printed = await run(
    "wrk",
    [
      ...["--threads", "1", "--connections", String(connections), "--duration", `${seconds}s`],
      ...["--timeout", TIMEOUT, "--script", join(__dirname, "wrk.lua")],
      ...["--header", `Host: ${host}`, "--header", `Cookie: ${cookie}`, "--header", "Accept: text/html"],
      `${origin}${path}`,
    ],
    { timeoutMs: (seconds + 30) * 1000 },
  );
  const line = /^RESULT (\{.*\})$/m.exec(printed)?.[1];
  if (line === undefined) throw new Failure(`wrk printed no result:\n${printed}`);
  const result = resultSchema.parse(JSON.parse(line));
  return { ...result, perSecond: result.requests / result.seconds };
}

/** Installs wrk if it is missing. */
export async function requireWrk(): Promise<void> {
  const isThere = await run("which", ["wrk"]).then(
    () => true,
    () => false,
  );
  if (isThere) return;
  await run(join(checkout, "dev", "installPackages.sh"), ["wrk"]);
}
