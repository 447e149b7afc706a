import { createHash } from "node:crypto";
import { globSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { setPriority } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Failure } from "../../cli/shared/failure";
import { checkout } from "../../dev/checkout";
import { runCommand } from "../../dev/usage";
import { Copy } from "./copy";
import { faultsOf, type Fault } from "./faults";
import { Results, type End } from "./results";
import { Search } from "./search";
import { seenElsewhere } from "./seenElsewhere";

const FOLDERS = ["cli", "components", "documents", "policy", "stacks"];
const USAGE = `usage: npm run test:faults -- [--count N] [--seed TEXT] [--in FOLDER]... [--only ID]... [--list]

Puts faults into copies of the code, one at a time, and lists those that no unit test sees. Interrupted, it goes on where
it was when it is started again on the same code.
  --count N    how many faults (100)
  --seed TEXT  which ones; a seed always draws the same (1)
  --in FOLDER  in these folders only (${FOLDERS.join(", ")})
  --only ID    this fault, instead of drawn ones
  --list       only says which faults they are
  --most N     ends with 1 where more than N percent survive (5)
  --workers N  how many at a time (2)
  --nice N     priority of what runs, 19 is the lowest (15)`;

runCommand(USAGE, async () => {
  const { values: options } = parseArgs({
    options: {
      count: { type: "string", default: "100" },
      seed: { type: "string", default: "1" },
      workers: { type: "string", default: "2" },
      in: { type: "string", multiple: true, default: FOLDERS },
      only: { type: "string", multiple: true, default: [] },
      most: { type: "string", default: "5" },
      // Other work on this machine has priority.
      nice: { type: "string", default: "15" },
      list: { type: "boolean", default: false },
    },
  });
  const all = await allFaults(options.in);
  const chosen =
    options.only.length > 0
      ? all.filter(({ id }) => options.only.includes(id))
      : sample(all, Number(options.count), options.seed);
  if (chosen.length === 0) throw new Failure("No fault was chosen.");
  if (options.list) {
    for (const fault of chosen) console.log(row(fault));
    return;
  }
  setPriority(Number(options.nice));
  const results = new Results();
  console.log(`${chosen.length} of ${all.length} faults, seed ${options.seed}; results in ${results.path}`);
  const judged = await search(chosen, results, Number(options.workers));
  process.exitCode = judge(judged, Number(options.most)) ? 0 : 1;
});

interface Judged {
  readonly fault: Fault;
  readonly end: End | undefined;
}

async function search(chosen: readonly Fault[], results: Results, workers: number): Promise<Judged[]> {
  const copies = await Promise.all(Array.from({ length: workers }, () => Copy.create()));
  try {
    const search = new Search(copies, results, ({ end, by }, fault) => {
      console.log(`${end}  ${row(fault)}${by === undefined ? "" : `\n    ${by.file}: ${by.title}`}`);
    });
    await search.run(chosen);
    return chosen.map((fault) => ({ fault, end: search.known(fault)?.end }));
  } finally {
    for (const copy of copies) await copy.remove();
  }
}

/** Whether no more than `most` percent survive, each with a suite that sees it. */
function judge(judged: readonly Judged[], most: number): boolean {
  const survivors = judged.filter(({ end }) => end === "SURVIVED");
  for (const { fault } of survivors) console.log(row(fault));
  const counts = ["seen", "timeout", "compiler", "SURVIVED"].map(
    (name) => `${judged.filter(({ end }) => end === name).length} ${name}`,
  );
  const percent = (100 * survivors.length) / judged.length;
  console.log(`${judged.length} faults: ${counts.join(", ")} (${percent.toFixed(1)} %)`);
  const unnamed = survivors.filter(({ fault }) => !(fault.id in seenElsewhere));
  if (unnamed.length > 0) console.log(`${unnamed.length} of them without a suite that sees them`);
  return percent <= most && unnamed.length === 0;
}

async function allFaults(folders: readonly string[]): Promise<Fault[]> {
  const files = folders.flatMap((folder) => globSync(`${folder}/**/*.ts`, { cwd: checkout })).sort();
  const faults = await Promise.all(
    files.map(async (file) => faultsOf(file, await readFile(join(checkout, file), "utf8"))),
  );
  return faults.flat();
}

/** The same faults for the same seed, even if other code has changed. */
function sample(faults: readonly Fault[], count: number, seed: string): Fault[] {
  return faults
    .map((fault) => ({ fault, order: createHash("sha256").update(`${seed}|${fault.id}`).digest("hex") }))
    .sort((one, other) => one.order.localeCompare(other.order))
    .slice(0, count)
    .map(({ fault }) => fault);
}

function row({ id, kind, file, line, before }: Fault): string {
  const seen = seenElsewhere[id];
  return `${id}  ${file}:${line}  ${kind}: ${before.replace(/\s+/g, " ").slice(0, 70)}${seen === undefined ? "" : `  (${seen})`}`;
}
