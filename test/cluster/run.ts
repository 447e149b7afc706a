import { globSync, mkdirSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import Mocha, { type RootHookObject } from "mocha";
import { ensureCluster } from "../../dev/cluster";
import type { DevCluster } from "../../dev/devCluster";
import { Failure } from "../../cli/shared/failure";
import { checkout } from "../../dev/checkout";
import { parseInstanceName } from "../../dev/instances";
import { runCommand } from "../../dev/usage";
import settings from "../mocharc.json";

/** Longer than any timeout of the engine, so that the engine reports what did not appear or disappear. */
const TIMEOUT_MS = 900_000;

const OPTIONS = {
  instance: { type: "string", default: "test" },
  queue: { type: "string" },
  all: { type: "boolean", default: false },
} as const;

const usageOf = (
  folder: string,
) => `usage: npm run test:${folder} -- [NAME]... [--instance NAME] [--queue FOLDER] [--all]

Runs the tests of test/${folder} on a cluster, which is started where it is not up, and left up. NAMEs are files without
their ending.
  --instance NAME  the cluster (test)
  --queue FOLDER   an empty folder, by which runs on several clusters share the files: each takes the next ones when it
                   is done with its last
  --all            also the files that otherwise run only by name: what a release publishes`;

let running: Promise<DevCluster> | undefined;

/** The tests' own cluster, beside a demo that may be running; started on first use, and left running. */
export function testCluster(): Promise<DevCluster> {
  // A cluster that somebody named is theirs to grant.
  running ??= ensureCluster({
    instance: parseInstanceName(given().values.instance),
    yes: process.env["CI"] === "true",
  });
  return running;
}

function given() {
  return parseArgs({ allowPositionals: true, options: OPTIONS });
}

/** How the files of a folder are run. */
export interface RunOptions {
  /** What the machine needs besides a cluster. */
  readonly prepare?: () => Promise<void>;
  /** Hooks around all files. */
  readonly rootHooks?: RootHookObject;
  /** Names of files that belong together, in this order, and before all others; each group runs by itself. */
  readonly first?: readonly (readonly string[])[];
  /** Names of the files that run by name or with --all only: they test what a release publishes. */
  readonly published?: readonly string[];
  /** Names of the files that run after all others, in this order. */
  readonly last?: readonly string[];
}

/** Runs the tests in a folder of `test/` on the tests' cluster; the exit code says whether all have passed. */
export function runOnCluster(folder: string, options: RunOptions = {}): void {
  runCommand(usageOf(folder), async () => {
    const {
      values: { all, queue },
      positionals: names,
    } = given();
    await options.prepare?.();
    await testCluster();
    const found = globSync(join(checkout, "test", folder, "**/*.test.ts")).filter(
      (file) =>
        names.includes(nameOf(file)) ||
        (names.length === 0 && (all || options.published?.includes(nameOf(file)) !== true)),
    );
    if (found.length === 0) throw new Failure(`test/${folder} has no such test`);
    const seconds = new Map<string, number>();
    let failures = 0;
    const groups = ordered(found, options);
    for (const files of queue === undefined ? [groups.flat()] : groups) {
      if (queue === undefined || isNext(files, queue))
        failures += await runFiles(files, options.rootHooks, seconds);
    }
    for (const [file, taken] of seconds) console.log(`${file.padEnd(18)} ${taken.toFixed(0).padStart(4)} s`);
    if (failures > 0) process.exitCode = 1;
  });
}

function nameOf(file: string): string {
  return basename(file, ".test.ts");
}

function ordered(files: readonly string[], { first = [], last = [] }: RunOptions): readonly string[][] {
  const named = (names: readonly string[]) =>
    names.flatMap((name) => files.filter((file) => nameOf(file) === name));
  const others = files.filter((file) => ![...first.flat(), ...last].includes(nameOf(file))).sort();
  return [...first.map(named), ...[...others, ...named(last)].map((file) => [file])].filter(
    (group) => group.length > 0,
  );
}

/** Takes files from the queue, where each run leaves a folder for those that it has taken. */
function isNext([first = ""]: readonly string[], queue: string): boolean {
  try {
    mkdirSync(join(queue, nameOf(first)));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function runFiles(
  files: readonly string[],
  rootHooks: RootHookObject = {},
  seconds: Map<string, number>,
): Promise<number> {
  const { failZero, forbidOnly, forbidPending } = settings;
  const mocha = new Mocha({ failZero, forbidOnly, forbidPending, rootHooks, timeout: TIMEOUT_MS });
  files.forEach((file) => mocha.addFile(file));
  return new Promise((resolve) => {
    timeFiles(mocha.run(resolve), seconds);
  });
}

/** Records how long each file takes, including its hooks. */
function timeFiles(runner: Mocha.Runner, seconds: Map<string, number>): void {
  let since = performance.now();
  runner.on(Mocha.Runner.constants.EVENT_SUITE_BEGIN, ({ root }) => {
    if (root) since = performance.now();
  });
  runner.on(Mocha.Runner.constants.EVENT_SUITE_END, ({ parent, file = "" }) => {
    if (!parent?.root) return;
    const name = nameOf(file);
    const now = performance.now();
    seconds.set(name, (seconds.get(name) ?? 0) + (now - since) / 1000);
    since = now;
  });
}
