import { join } from "node:path";
import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { checkout } from "../dev/checkout";
import { runStack, type StackCommand } from "../dev/plugins/stackRun";
import { withServiceFiles } from "./serviceFiles";
import { gatewayUp, type Conditions, type Gateway } from "./gateway";
import { guardSeconds, policySeconds } from "./guards";
import { runProgram, type Program, type ProgramRun } from "./programHost";
import { inTurns, measured, pairedRatio, type Measured } from "./statistics";

const COUNTS = [1, 100, 1000] as const;

/** The cost of a run of the program. */
export interface PulumiProgram {
  /** From the start of the dev stack's program to its first resource, with a warm compile cache. */
  readonly programStartSeconds: number;
  /** The engine's preview of 1,000 protected services, relative to that of the same objects written by hand. */
  readonly preview1000OverPlain: number;
  /** The dev stack's `up` with nothing to change, relative to its preview. */
  readonly noopOverPreview: number;
  /** Checking the arguments of 1,000 services. */
  readonly guards1000Seconds: number;
  /** The policy pack on 200 resources. */
  readonly policy200Seconds: number;
  readonly spread: Readonly<Record<string, Measured>>;
  /** Only the program, by kind and number of services. */
  readonly programs: Readonly<
    Record<
      string,
      {
        readonly resources: number;
        readonly seconds: Measured;
        readonly cpuSeconds: Measured;
        readonly peakMiB: Measured;
      }
    >
  >;
}

/** Measures only the program, against an engine that does nothing, and previews by the real engine. */
export async function pulumiProgram(conditions: Conditions): Promise<PulumiProgram> {
  const { progress, turns } = conditions;
  const starts = await progress.phase("pulumi: program start", () => programStarts(turns));
  const programs = await progress.phase("pulumi: programs without an engine", (detail) =>
    programRuns(turns, detail),
  );
  const gateway = await gatewayUp(conditions);
  const engine = await progress.phase("pulumi: previews by the engine", (detail) =>
    engineRuns(gateway, turns, detail),
  );
  const spread = {
    programStartSeconds: measured(starts.dev),
    smallestProgramStartSeconds: measured(starts.smallest),
    preview1000Seconds: measured(engine.components1000),
    preview1000OverPlain: pairedRatio(engine.components1000, engine.plain1000),
    preview100OverPlain: pairedRatio(engine.components100, engine.plain100),
    previewSeconds: measured(engine.preview),
    noopOverPreview: pairedRatio(engine.up, engine.preview),
    guards1000Seconds: measured(Array.from({ length: turns }, () => guardSeconds(1000))),
    policy200Seconds: measured(await Promise.all(Array.from({ length: turns }, () => policySeconds(200)))),
  };
  return {
    programStartSeconds: spread.programStartSeconds.median,
    preview1000OverPlain: spread.preview1000OverPlain.median,
    noopOverPreview: spread.noopOverPreview.median,
    guards1000Seconds: spread.guards1000Seconds.median,
    policy200Seconds: spread.policy200Seconds.median,
    spread,
    programs: Object.fromEntries(
      Object.entries(programs).map(([name, runs]) => [
        name,
        {
          resources: runs[0]?.resources ?? 0,
          seconds: measured(runs.map(({ totalSeconds }) => totalSeconds)),
          cpuSeconds: measured(runs.map(({ cpuSeconds }) => cpuSeconds)),
          peakMiB: measured(runs.map(({ peakMiB }) => peakMiB)),
        },
      ]),
    ),
  };
}

async function programStarts(turns: number): Promise<Record<"dev" | "smallest", number[]>> {
  const dev: Program = { folder: checkout, main: "index.ts", config: await devConfig() };
  const smallest = benchProgram("smallest");
  const start = (program: Program) => async () => (await runProgram(program)).firstResourceSeconds;
  await start(dev)(); // fills the compile cache
  await start(smallest)();
  return inTurns(turns, { dev: start(dev), smallest: start(smallest) });
}

async function programRuns(
  turns: number,
  detail: (text: string) => void,
): Promise<Record<string, ProgramRun[]>> {
  const programs = COUNTS.flatMap((count) =>
    (["plain", "components"] as const).map(
      (kind) => [`${kind}-${count}`, benchProgram(kind, count)] as const,
    ),
  );
  return withServiceFiles(1000, async (serviceFiles) => {
    const files = {
      folder: checkout,
      main: "index.ts",
      config: { ...(await devConfig()), "portcullis:serviceFiles": serviceFiles },
    };
    const subjects = [...programs, ["files-1000", files] as const].map(([key, program]) => {
      const run = async () => {
        detail(key);
        return runProgram(program);
      };
      return [key, run] as const;
    });
    return inTurns(turns, Object.fromEntries(subjects));
  });
}

async function engineRuns({ cluster, devStack }: Gateway, turns: number, detail: (text: string) => void) {
  const overlayOfDev = await devStack.overlay();
  const timed = (stack: string, command: StackCommand, program: string, services?: number) => async () => {
    detail(`${command} ${stack}`);
    const overlay = services === undefined ? overlayOfDev : { "bench:services": { value: services } };
    return (await runStack({ command, stack, program, cluster, overlay })).seconds;
  };
  const dev = (command: StackCommand) => timed("dev", command, join(checkout, "index.ts"));
  const preview = (kind: "plain" | "components", services: number) =>
    timed(`bench-${kind}-${services}`, "preview", join(benchFolder(kind), "index.ts"), services);
  return inTurns(turns, {
    preview: dev("preview"),
    up: dev("up"),
    plain100: preview("plain", 100),
    components100: preview("components", 100),
    plain1000: preview("plain", 1000),
    components1000: preview("components", 1000),
  });
}

function benchFolder(name: "plain" | "components" | "smallest"): string {
  return join(__dirname, "programs", name);
}

function benchProgram(name: "plain" | "components" | "smallest", services?: number): Program {
  const config: Record<string, string> = services === undefined ? {} : { "bench:services": String(services) };
  return { folder: benchFolder(name), main: "index.ts", config };
}

interface ProjectFile {
  readonly config: Readonly<Record<string, { readonly default?: unknown }>>;
}

/** The dev stack's configuration as the engine passes it to the program. */
async function devConfig(): Promise<Record<string, string>> {
  const project = parse(await readFile(join(checkout, "Pulumi.yaml"), "utf8")) as ProjectFile;
  const stack = parse(await readFile(join(checkout, "Pulumi.dev.yaml"), "utf8")) as {
    readonly config: Readonly<Record<string, unknown>>;
  };
  const defaults = Object.entries(project.config).flatMap(([key, declared]) =>
    "default" in declared ? [[key, declared.default] as const] : [],
  );
  const merged = { ...Object.fromEntries(defaults), ...stack.config };
  const secret = { "portcullis:clientSecret.stub": "no secret: this program talks to no engine" };
  const texts = Object.entries(merged).map(
    ([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)] as const,
  );
  return { ...Object.fromEntries(texts), ...secret };
}
