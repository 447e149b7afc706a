import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { join } from "node:path";
import { withBrowsers } from "../cli/verify/browser";
import { removeCluster } from "../dev/cluster";
import { Failure } from "../cli/shared/failure";
import { checkout } from "../dev/checkout";
import { instance } from "../dev/instances";
import { undoOnInterrupt } from "../cli/shared/interrupt";
import type { Conditions } from "./gateway";
import { measured, type Measured } from "./statistics";

const POLL_MS = 100;

/** How long it takes until a person can use it, with everything built. */
export interface Start {
  /** From the start of `pulumi up` on an empty cluster to the login page's first 200. */
  readonly loginPageSeconds: number;
  /** From `make demo` on a machine without a cluster to its end, with everything proven. */
  readonly demoWarmSeconds: number;
  readonly spread: Readonly<{ loginPageSeconds: Measured; demoWarmSeconds: Measured }>;
}

/** Runs the whole demo from scratch, several times. The last one stays up. */
export async function start(conditions: Conditions): Promise<Start> {
  const demos: Demo[] = [];
  for (let turn = 1; turn <= conditions.turns; turn += 1) {
    await removeCluster(conditions);
    demos.push(await conditions.progress.phase(`start: demo ${turn}`, () => demo(conditions)));
  }
  const spread = {
    loginPageSeconds: measured(demos.map(({ loginPageSeconds }) => loginPageSeconds)),
    demoWarmSeconds: measured(demos.map(({ seconds }) => seconds)),
  };
  return {
    loginPageSeconds: spread.loginPageSeconds.median,
    demoWarmSeconds: spread.demoWarmSeconds.median,
    spread,
  };
}

interface Demo {
  readonly seconds: number;
  readonly loginPageSeconds: number;
}

async function demo(conditions: Conditions): Promise<Demo> {
  const started = performance.now();
  let engineStarted: number | undefined;
  const child = spawn(
    process.execPath,
    ["--import", "tsx", join(checkout, "dev/demo.ts"), "up", "--instance", conditions.instance],
    { cwd: checkout, stdio: ["ignore", "pipe", "pipe"] },
  );
  let printed = "";
  const read = (chunk: Buffer) => {
    printed += chunk.toString();
    if (/^… pulumi up$/m.test(printed)) engineStarted ??= performance.now();
  };
  child.stdout.on("data", read);
  child.stderr.on("data", read);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject).once("close", resolve);
  });
  const release = undoOnInterrupt(async () => {
    child.kill("SIGINT");
    await ended;
  });
  const watching = new AbortController();
  const page = firstPage(conditions, watching.signal);
  const code = await ended;
  const seconds = (performance.now() - started) / 1000;
  watching.abort();
  release();
  const pageAt = await page;
  if (code !== 0 || engineStarted === undefined || pageAt === undefined)
    throw new Failure(`The demo ended with code ${String(code)}:\n${printed.slice(-4000)}`);
  return { seconds, loginPageSeconds: (pageAt - engineStarted) / 1000 };
}

/** When the whole login page was first served. */
async function firstPage({ instance: name }: Conditions, signal: AbortSignal): Promise<number | undefined> {
  const page = `http://auth.${instance(name).domain}/login`;
  while (!signal.aborted) {
    const status = await withBrowsers([], async (fresh) => (await fresh().open(page)).status).catch(() => 0);
    if (status === 200) return performance.now();
    await sleep(POLL_MS);
  }
  return undefined;
}
