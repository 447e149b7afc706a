import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { globSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { Failure } from "../../cli/shared/failure";
import { checkout } from "../../cli/shared/checkout";
import { runMain } from "../../cli/shared/progress";
import { faultsOf, withFault, type Fault } from "./faults";
import { seenElsewhere } from "./seenElsewhere";

const FOLDERS = ["components", "documents", "stacks"];
const TIMEOUT_MS = 300_000;
/** The tests that see the most come first, so that a fault costs seconds. */
const FIRST = ["test/unit/components/pinned.test.ts", "test/unit/documents/**/*.test.ts"];

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

async function survivorsOf(faults: readonly Fault[]): Promise<Fault[]> {
  const survivors: Fault[] = [];
  const queue = [...faults];
  const worker = async () => {
    const copy = await copyOfCheckout();
    try {
      if (!(await passes(copy))) throw new Failure(`The unit tests fail in ${copy} without any fault.`);
      for (let fault = queue.shift(); fault; fault = queue.shift()) {
        const survived = await survives(copy, fault);
        if (survived) survivors.push(fault);
        console.log(`${survived ? "SURVIVED" : "seen"}  ${row(fault)}`);
      }
    } finally {
      await rm(copy, { recursive: true });
    }
  };
  await Promise.all(Array.from({ length: Number(options.workers) }, worker));
  return survivors;
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

async function survives(copy: string, fault: Fault): Promise<boolean> {
  const file = join(copy, fault.file);
  const text = await readFile(file, "utf8");
  await writeFile(file, withFault(text, fault));
  try {
    return await passes(copy);
  } finally {
    await writeFile(file, text);
  }
}

async function passes(copy: string): Promise<boolean> {
  const files = [...FIRST, "test/unit/**/*.test.ts"].flatMap((pattern) => globSync(pattern, { cwd: copy }));
  const mocha = join(copy, "node_modules/mocha/bin/mocha.js");
  const settings = ["--config", "test/mocharc.json", "--bail", "--exit"];
  return promisify(execFile)(process.execPath, [mocha, ...settings, ...new Set(files)], {
    cwd: copy,
    timeout: TIMEOUT_MS,
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, PIN: "" },
  }).then(
    () => true,
    () => false,
  );
}

function row({ id, kind, file, line, before }: Fault): string {
  const seen = seenElsewhere[id];
  return `${id}  ${file}:${line}  ${kind}: ${before.replace(/\s+/g, " ").slice(0, 70)}${seen === undefined ? "" : `  (${seen})`}`;
}
