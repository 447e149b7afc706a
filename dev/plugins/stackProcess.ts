import { readdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type * as pulumi from "@pulumi/pulumi";
import type * as automation from "@pulumi/pulumi/automation";
import { parse as parseVersion } from "semver";
import { run } from "../../cli/shared/exec";
import { isCommandError, previewStack } from "../../cli/check/preview";
import { loadLate, ofSerialization } from "./lateModules";
import type { StackProcessRequest, StackResult } from "./stackRun";

const PARENT_CHECK_MS = 1_000;

/** One run of the engine on one stack; {@link runStack} starts it. */
async function main(): Promise<void> {
  // Reading the source map of every loaded file takes a tenth of the program's processor time.
  process.setSourceMapsEnabled(false);
  const request = JSON.parse(await text(process.stdin)) as StackProcessRequest;
  loadLate(createRequire(request.program).resolve("@pulumi/pulumi"), ofSerialization);
  const interruption = interruptionOf(process.ppid);
  const outputs = new ProgramOutputs(request.program);
  // The command line creates the stack while the SDK is loaded.
  const [stack] = await Promise.all([
    stackOf(request, () => outputs.of(runProgram(request.program))),
    prepareStack(request),
  ]);
  interruption.throwIfAborted();
  const started = performance.now();
  let lastWord = started;
  const result = await execute(stack, request, interruption, () => {
    lastWord = performance.now();
  });
  const seconds = (lastWord - started) / 1000;
  const told = request.command === "up" ? { ...result, outputs: outputs.values } : result;
  await writeFile(request.resultFile, JSON.stringify({ ...told, seconds } satisfies StackResult));
}

/** Creates the stack if it has no state, and gives it the secrets that its file does not have. */
async function prepareStack(request: StackProcessRequest): Promise<void> {
  if (!request.stackExists) await cli(request, ["stack", "init"]);
  for (const [key, value] of Object.entries(request.secrets)) {
    // Everybody on this machine could read an argument.
    await cli(request, ["config", "set", "--secret", key], value);
  }
}

/**
 * The stack with this program. Each call of the command line costs half a second of processor time, most of it for its start and
 * the passphrase, so calls with a known result are skipped: its version, whether the stack exists, the outputs of an `up`, and what
 * it changed.
 */
async function stackOf(
  { program, command, engineVersion, folder, historyFolder, stack }: StackProcessRequest,
  run: automation.PulumiFn,
): Promise<automation.Stack> {
  const { LocalWorkspace, PulumiCommand, Stack } = sdkOf(
    program,
    "@pulumi/pulumi/automation",
  ) as typeof automation;
  const pulumiCommand = Object.assign(Object.create(PulumiCommand.prototype) as automation.PulumiCommand, {
    command: "pulumi",
    version: parseVersion(engineVersion),
  });
  const workspace = await LocalWorkspace.create({ workDir: folder, program: run, pulumiCommand });
  // Every command names its stack.
  workspace.selectStack = () => Promise.resolve();
  if (command === "up") workspace.stackOutputs = () => Promise.resolve({});
  const selected = await Stack.select(stack, workspace);
  selected.info = () => lastUpdate(historyFolder);
  return selected;
}

/** The record of a stack's last run; the names of the files begin with the stack's, and go on with the time. */
async function lastUpdate(historyFolder: string): Promise<automation.UpdateSummary> {
  const records = (await readdir(historyFolder)).filter((file) => file.endsWith(".history.json")).sort();
  return JSON.parse(
    await readFile(join(historyFolder, records.at(-1) ?? ""), "utf8"),
  ) as automation.UpdateSummary;
}

/** The program's own copy of the SDK, the only one in this process: another version replaces the classes of its messages. */
function sdkOf(program: string, name: string): unknown {
  return createRequire(program)(name);
}

/** A program's outputs, once they are known, with its secrets in clear. */
class ProgramOutputs {
  values: Readonly<Record<string, unknown>> = {};

  constructor(private readonly program: string) {}

  async of(outputs: Promise<Record<string, unknown>>): Promise<Record<string, unknown>> {
    const given = await outputs;
    const { output } = sdkOf(this.program, "@pulumi/pulumi") as typeof pulumi;
    output(given).apply((values) => {
      this.values = values;
    });
    return given;
  }
}

function cli({ folder, stack }: StackProcessRequest, args: readonly string[], input = ""): Promise<string> {
  return run("pulumi", [...args, "--stack", stack, "--non-interactive"], { cwd: folder, input });
}

/** Aborted by a signal, or when the process that requested this run is gone: the engine then ends in good order. */
function interruptionOf(parent: number): AbortSignal {
  const controller = new AbortController();
  const interrupt = () => {
    controller.abort(new Error("interrupted"));
  };
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  process.stdout.on("error", () => undefined);
  setInterval(() => {
    if (process.ppid !== parent) interrupt();
  }, PARENT_CHECK_MS).unref();
  return controller.signal;
}

/** The program's exports, or the result of the function that it exports, are the stack's outputs, as under the host. */
async function runProgram(file: string): Promise<Record<string, unknown>> {
  const module = (await import(file)) as Record<string, unknown>;
  const whole = module["module.exports"] ?? module["default"];
  if (typeof whole === "function") return (whole as () => Promise<Record<string, unknown>>)();
  return Object.fromEntries(
    Object.entries(module).filter(([name]) => !["default", "module.exports", "__esModule"].includes(name)),
  );
}

async function execute(
  stack: automation.Stack,
  request: StackProcessRequest,
  signal: AbortSignal,
  onWord: () => void,
): Promise<Omit<StackResult, "seconds">> {
  const onOutput = (chunk: string) => {
    onWord();
    process.stdout.write(chunk);
  };
  const options = {
    onOutput,
    onError: onOutput,
    signal,
    color: "never",
    suppressProgress: true,
    showSecrets: false,
  } as const;
  switch (request.command) {
    case "up": {
      return { changes: (await stack.up(options)).summary.resourceChanges ?? {}, outputs: {} };
    }
    case "preview":
      return { changes: (await stack.preview(options)).changeSummary, outputs: {} };
    case "check": {
      const { policyPack } = request;
      const preview = await previewStack(stack, { onOutput, signal, ...(policyPack && { policyPack }) });
      return { changes: preview.changes, outputs: {}, preview };
    }
    case "refresh":
      return { changes: (await stack.refresh(options)).summary.resourceChanges ?? {}, outputs: {} };
    case "destroy":
      return { changes: (await stack.destroy(options)).summary.resourceChanges ?? {}, outputs: {} };
    case "export":
      return {
        changes: {},
        outputs: plain(await stack.outputs()),
        deployment: (JSON.parse(await cli(request, ["stack", "export"])) as { deployment: unknown })
          .deployment,
      };
  }
}

function plain(outputs: Awaited<ReturnType<automation.Stack["outputs"]>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, value as unknown]));
}

main().catch((error: unknown) => {
  // The engine has already printed its own errors.
  if (!isCommandError(error)) process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
});
