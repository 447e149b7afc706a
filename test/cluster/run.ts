import { globSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import Mocha, { type RootHookObject } from "mocha";
import { ensureCluster, type DevCluster } from "../../dev/cluster";
import { Failure } from "../../cli/shared/failure";
import { checkout } from "../../dev/checkout";
import { parseInstanceName } from "../../dev/instances";
import { runMain } from "../../cli/shared/progress";
import settings from "../mocharc.json";

const TIMEOUT_MS = 300_000;

const { values: options, positionals: names } = parseArgs({
  allowPositionals: true,
  options: { instance: { type: "string", default: "test" }, lane: { type: "string" } },
});

let running: Promise<DevCluster> | undefined;

/** The tests' own cluster, beside a demo that may be up; started on first use, and left up. */
export function testCluster(): Promise<DevCluster> {
  // A cluster that somebody named is theirs to grant.
  const instance = parseInstanceName(options.instance);
  running ??= ensureCluster({ instance, yes: process.env["CI"] === "true" });
  return running;
}

/** How the files of a folder are run. */
export interface RunOptions {
  /** What frames all the files together. */
  readonly rootHooks?: RootHookObject;
  /** Names of the files that run before all others, in this order. */
  readonly first?: readonly string[];
  /** Names of the files that run after all others, in this order. */
  readonly last?: readonly string[];
  /** Names of the files that `--lane second` runs, on a cluster of its own; `--lane first` runs the others. */
  readonly secondLane?: readonly string[];
}

/**
 * Runs the tests in a folder of `test/` on the tests' cluster; the exit code says whether all have passed. Arguments name
 * single files without their ending, `--instance` another cluster, and `--lane` a part of them.
 */
export function runOnCluster(
  folder: string,
  { rootHooks = {}, first = [], last = [], secondLane = [] }: RunOptions = {},
): void {
  runMain(async () => {
    await testCluster();
    const nameOf = (file: string) => basename(file, ".test.ts");
    const rank = (file: string) => {
      const name = nameOf(file);
      return first.includes(name) ? first.indexOf(name) - first.length : last.indexOf(name) + 1;
    };
    const { failZero, forbidOnly, forbidPending } = settings;
    const mocha = new Mocha({ failZero, forbidOnly, forbidPending, rootHooks, timeout: TIMEOUT_MS });
    const files = globSync(join(checkout, "test", folder, "**/*.test.ts"))
      .filter((file) => names.length === 0 || names.includes(nameOf(file)))
      .filter(
        (file) =>
          options.lane === undefined || secondLane.includes(nameOf(file)) === (options.lane === "second"),
      )
      .sort((one, other) => rank(one) - rank(other) || one.localeCompare(other));
    if (files.length === 0) throw new Failure(`test/${folder} has no such test`);
    files.forEach((file) => mocha.addFile(file));
    const seconds = new Map<string, number>();
    const failures = await new Promise<number>((resolve) => {
      timeFiles(mocha.run(resolve), seconds);
    });
    for (const [file, taken] of seconds) console.log(`${file.padEnd(18)} ${taken.toFixed(0).padStart(4)} s`);
    if (failures > 0) process.exitCode = 1;
  });
}

/** Notes how long each file takes, its hooks included. */
function timeFiles(runner: Mocha.Runner, seconds: Map<string, number>): void {
  let since = performance.now();
  runner.on(Mocha.Runner.constants.EVENT_SUITE_BEGIN, ({ root }) => {
    if (root) since = performance.now();
  });
  runner.on(Mocha.Runner.constants.EVENT_SUITE_END, ({ parent, file = "" }) => {
    if (!parent?.root) return;
    const name = basename(file, ".test.ts");
    const now = performance.now();
    seconds.set(name, (seconds.get(name) ?? 0) + (now - since) / 1000);
    since = now;
  });
}
