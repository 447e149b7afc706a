import { parseArgs } from "node:util";
import { removeCluster } from "../dev/cluster";
import { Failure, UsageError } from "../cli/shared/failure";
import { parseInstanceName } from "../dev/instances";
import { isInterrupted } from "../cli/shared/interrupt";
import { progress } from "../cli/shared/progress";
import { runCommand } from "../dev/usage";
import { footprint } from "./footprint";
import type { Conditions } from "./gateway";
import { manyServices } from "./manyServices";
import { pulumiProgram } from "./pulumi";
import { writeReport } from "./report";
import { requestPath } from "./requestPath";
import { circumstances, partNames, Progression, type PartName, type Results } from "./results";
import { rulesLive } from "./rulesLive";
import { start } from "./start";

const HELP = `usage: bench [PART]... [--turns N] [--instance NAME] [--keep]

Measures everything in turns, on a cluster of its own, and writes docs/benchmarks/. Run it on a quiet machine.
Interrupted, it goes on where it was when it is started again on the same commit. With PARTs it measures only those
and prints what it found: ${partNames.join(", ")}, and manyServices, which is never measured
unasked: it makes 1,000 services and takes several minutes.
  --turns N        how often each thing is measured (5)
  --instance NAME  the cluster (bench)
  --keep           leave the cluster up`;

const parts: { readonly [Name in PartName]: (conditions: Conditions) => Promise<Results[Name]> } = {
  start,
  footprint,
  requestPath,
  rulesLive,
  pulumi: pulumiProgram,
};

/** Including the parts that are measured only on request. */
const measures: Readonly<Record<string, (conditions: Conditions) => Promise<object>>> = {
  ...parts,
  manyServices,
};

runCommand(HELP, async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      turns: { type: "string", default: "5" },
      instance: { type: "string", default: "bench" },
      keep: { type: "boolean", default: false },
    },
  });
  const turns = Number(values.turns);
  const isKnown = positionals.every((name) => Object.hasOwn(measures, name));
  if (!Number.isInteger(turns) || turns < 1 || !isKnown) throw new UsageError(HELP);
  const conditions: Conditions = {
    instance: parseInstanceName(values.instance),
    turns,
    progress: progress(),
  };
  try {
    if (positionals.length > 0) await measureSome(positionals, conditions);
    else await measureAll(conditions);
  } finally {
    if (!values.keep) await removeCluster(conditions);
  }
});

async function measureSome(names: readonly string[], conditions: Conditions): Promise<void> {
  for (const name of names) {
    const result = await measures[name]?.(conditions);
    process.stdout.write(`${JSON.stringify({ [name]: result }, undefined, 2)}\n`);
  }
}

/** A failed part is reported and left out, and measured when the benchmark is started again. */
async function measureAll(conditions: Conditions): Promise<void> {
  const { progress: display } = conditions;
  const progression = new Progression();
  let report = await progression.kept(await circumstances(conditions.turns));
  const failed: PartName[] = [];
  for (const name of partNames) {
    if (name in report) {
      display.note(`${name}: measured already`);
      continue;
    }
    try {
      report = { ...report, [name]: await parts[name](conditions) };
      await progression.keep(report);
    } catch (error) {
      if (isInterrupted()) throw error;
      failed.push(name);
      display.note(`${name}: ${String(error)}`);
    }
  }
  await writeReport(report);
  if (failed.length > 0) throw new Failure(`Not measured: ${failed.join(", ")}. Start it again for those.`);
  await progression.forget();
}
