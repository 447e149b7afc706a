import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { run } from "../cli/shared/exec";
import { Failure } from "../cli/shared/failure";
import { runMain } from "../cli/shared/progress";
import { checkout } from "../dev/checkout";
import { blockOf } from "../test/blockOf";
import { YamlProgram } from "../test/engine/yamlProgram";

const RUNS = 5;

/** The time that something took, by the clock and by the processor. */
interface Cost {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

/** Prints what the component package costs its users: docs/languages.md has the figures. Nothing is created anywhere. */
runMain(async () => {
  const schema = await stat(join(checkout, "package/schema.json"));
  print("the package schema", `${(schema.size / 1000).toFixed(0)} kB`);
  const text = blockOf("yaml", await readFile(join(checkout, "docs/languages.md"), "utf8"));
  const program = await YamlProgram.create();
  try {
    await program.write(parse(text) as Readonly<Record<string, unknown>>);
    await program.begin({ staffClientSecret: "any" });
    await program.pulumi("config", "set", "kubernetes:renderYamlToDirectory", "rendered");
    print("the provider, until it serves", least(await times(() => served(program.plugin))));
    const planned = () => timed("pulumi", ["preview", "--non-interactive"], program.place);
    print("a preview of the YAML program, two services", least(await times(planned)));
  } finally {
    await program.remove();
  }
});

/** From the start of the provider's process until it reports its port. */
async function served(executable: string): Promise<Cost> {
  const started = performance.now();
  const child = spawn(executable, ["127.0.0.1:1"], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    await once(child.stdout, "data");
    const seconds = (performance.now() - started) / 1000;
    const fields =
      (await readFile(`/proc/${String(child.pid)}/stat`, "utf8")).split(") ").at(-1)?.split(" ") ?? [];
    // utime and stime, in the kernel's ticks, of which a second has 100.
    return { seconds, cpuSeconds: (Number(fields[11]) + Number(fields[12])) / 100 };
  } finally {
    child.kill();
  }
}

/** A command with all the processes that it waits for, as the shell times it. */
async function timed(
  command: string,
  args: readonly string[],
  place: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Promise<Cost> {
  const script = 'TIMEFORMAT="%R %U %S"; time "$@" >/dev/null 2>&1';
  const lines: string[] = [];
  const onLine = (line: string) => lines.push(line);
  await run("bash", ["-c", script, "bash", command, ...args], { ...place, onLine });
  const [seconds, user, system] = (lines.at(-1) ?? "").split(" ").map(Number);
  if (seconds === undefined || user === undefined || system === undefined)
    throw new Failure(`no times in ${lines.join("\n")}`);
  return { seconds, cpuSeconds: user + system };
}

async function times(work: () => Promise<Cost>): Promise<Cost[]> {
  const costs: Cost[] = [];
  for (let left = RUNS; left > 0; left--) costs.push(await work());
  return costs;
}

/** The minimum of several runs: other work on the machine only adds. */
function least(costs: readonly Cost[]): string {
  const of = (field: keyof Cost) => Math.min(...costs.map((cost) => cost[field])).toFixed(1);
  return `${of("seconds")} s, ${of("cpuSeconds")} s of processor time`;
}

function print(what: string, value: string): void {
  process.stdout.write(`${what}: ${value}\n`);
}
