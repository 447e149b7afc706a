import { execFile, type ExecFileException } from "node:child_process";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { globSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { Failure } from "../../cli/shared/failure";
import { checkout } from "../../dev/checkout";
import { runMain } from "../../cli/shared/progress";
import { faultsOf, withFault, type Fault } from "./faults";
import { importsOf } from "./reaching";
import { seenElsewhere } from "./seenElsewhere";

const FOLDERS = ["components", "documents", "stacks"];
/** The tests that cost the least for what they see run first, each group by itself, so that a fault costs seconds. */
const GROUPS = [
  "test/unit/documents/**/*.test.ts",
  "test/unit/components/pinned.test.ts",
  "test/unit/**/*.test.ts",
];
/** Of one test: longer than where nothing else runs, as this runs for an hour beside other work. */
const TEST_TIMEOUT_MS = 120_000;
/** A fault can make a program go on for ever: so many times a run without one is the limit. */
const TIMES_CLEAN = 5;

const { values: options } = parseArgs({
  options: {
    count: { type: "string", default: "100" },
    seed: { type: "string", default: "1" },
    workers: { type: "string", default: "2" },
    only: { type: "string", multiple: true, default: [] },
    most: { type: "string", default: "5" },
  },
});

runMain(async () => {
  const all = await allFaults();
  const chosen =
    options.only.length > 0
      ? all.filter(({ id }) => options.only.includes(id))
      : sample(all, Number(options.count), Number(options.seed));
  if (chosen.length === 0) throw new Failure("No fault was chosen.");
  console.log(`${chosen.length} of ${all.length} faults in ${FOLDERS.join(", ")}, seed ${options.seed}`);
  const survivors = await survivorsOf(chosen);
  const unexplained = survivors.filter(({ id }) => !(id in seenElsewhere));
  for (const fault of survivors) console.log(row(fault));
  const percent = (100 * unexplained.length) / chosen.length;
  console.log(
    `${chosen.length} faults: ${survivors.length} survived the unit tests, ${unexplained.length} of them (${percent.toFixed(1)} %) without a suite that sees them`,
  );
  if (percent > Number(options.most)) process.exitCode = 1;
});

async function allFaults(): Promise<Fault[]> {
  const files = FOLDERS.flatMap((folder) => globSync(`${folder}/**/*.ts`, { cwd: checkout })).sort();
  const faults = await Promise.all(
    files.map(async (file) => faultsOf(file, await readFile(join(checkout, file), "utf8"))),
  );
  return faults.flat();
}

/** The same faults for the same seed: an order by a small linear congruential generator. */
function sample(faults: readonly Fault[], count: number, seed: number): Fault[] {
  let state = seed;
  const next = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0);
  return faults
    .map((fault) => ({ fault, order: next() }))
    .sort((one, other) => one.order - other.order)
    .slice(0, count)
    .map(({ fault }) => fault);
}

interface Checkout {
  readonly root: string;
  /** Unit tests in the order of their groups. */
  readonly groups: readonly (readonly string[])[];
  /** What each of them imports. */
  readonly imports: ReadonlyMap<string, ReadonlySet<string>>;
  /** How long a run may take. */
  readonly limitMs: number;
}

async function survivorsOf(faults: readonly Fault[]): Promise<Fault[]> {
  const survivors: Fault[] = [];
  const queue = [...faults];
  const worker = async () => {
    const root = await copyOfCheckout();
    try {
      const copy = await withoutFault(root);
      for (let fault = queue.shift(); fault; fault = queue.shift()) {
        const end = await endOf(copy, fault);
        if (end === "SURVIVED") survivors.push(fault);
        console.log(`${end}  ${row(fault)}`);
      }
    } finally {
      await rm(root, { recursive: true });
    }
  };
  await Promise.all(Array.from({ length: Number(options.workers) }, worker));
  return survivors;
}

/** Measures the tests, which have to pass, where nothing is changed. */
async function withoutFault(root: string): Promise<Checkout> {
  const files = GROUPS.map((pattern) => globSync(pattern, { cwd: root }).sort());
  const groups = files.map((group, at) => group.filter((file) => !files.slice(0, at).flat().includes(file)));
  const tests = groups.flat();
  const start = Date.now();
  const { end, printed } = await unitTests(root, tests, 0);
  if (end !== "passed") throw new Failure(`The unit tests fail without any fault:\n${printed.slice(-4000)}`);
  const seconds = (Date.now() - start) / 1000;
  console.log(`${tests.length} files of unit tests pass in ${seconds.toFixed(0)} s without a fault`);
  return { root, groups, imports: importsOf(root, tests), limitMs: TIMES_CLEAN * seconds * 1000 };
}

async function copyOfCheckout(): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), "portcullis-faults-"));
  const { stdout } = await promisify(execFile)("git", ["ls-files", "-z"], {
    cwd: checkout,
    maxBuffer: 16 * 1024 * 1024,
  });
  const tops = new Set(stdout.split("\0").flatMap((file) => file.split("/")[0] ?? []));
  for (const top of tops) if (top !== "") await cp(join(checkout, top), join(copy, top), { recursive: true });
  await symlink(join(checkout, "node_modules"), join(copy, "node_modules"));
  return copy;
}

/** What sees a fault: the tests that import its file, group by group, or at last the compiler. */
async function endOf(copy: Checkout, fault: Fault): Promise<"seen" | "timeout" | "compiler" | "SURVIVED"> {
  const file = join(copy.root, fault.file);
  const text = await readFile(file, "utf8");
  await writeFile(file, withFault(text, fault));
  try {
    for (const group of copy.groups) {
      const reaching = group.filter((test) => copy.imports.get(test)?.has(fault.file));
      const { end } = await unitTests(copy.root, reaching, copy.limitMs);
      if (end !== "passed") return end;
    }
    return (await compiles(copy.root)) ? "SURVIVED" : "compiler";
  } finally {
    await writeFile(file, text);
  }
}

interface TestRun {
  readonly end: "passed" | "seen" | "timeout";
  readonly printed: string;
}

async function unitTests(root: string, files: readonly string[], limitMs: number): Promise<TestRun> {
  if (files.length === 0) return { end: "passed", printed: "" };
  const mocha = join(root, "node_modules/mocha/bin/mocha.js");
  const settings = [
    "--config",
    "test/mocharc.json",
    "--bail",
    "--exit",
    "--timeout",
    String(TEST_TIMEOUT_MS),
  ];
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [mocha, ...settings, ...files], {
      cwd: root,
      timeout: limitMs,
      maxBuffer: 64 * 1024 * 1024,
      env: { ...process.env, PIN: "" },
    });
    return { end: "passed", printed: stdout };
  } catch (error) {
    const { killed, message, stdout = message } = error as ExecFileException & { readonly stdout?: string };
    return { end: killed ? "timeout" : "seen", printed: stdout };
  }
}

function compiles(root: string): Promise<boolean> {
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  return promisify(execFile)(process.execPath, [tsc, "--noEmit"], { cwd: root }).then(
    () => true,
    () => false,
  );
}

function row({ id, kind, file, line, before }: Fault): string {
  const seen = seenElsewhere[id];
  return `${id}  ${file}:${line}  ${kind}: ${before.replace(/\s+/g, " ").slice(0, 70)}${seen === undefined ? "" : `  (${seen})`}`;
}
