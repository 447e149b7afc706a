import { writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { text } from "node:stream/consumers";
import type * as automation from "@pulumi/pulumi/automation";
import { run } from "../../cli/shared/exec";
import { isCommandError, previewStack } from "../../cli/check/preview";
import type { StackProcessRequest, StackResult } from "./stackRun";

const PARENT_CHECK_MS = 1_000;

/** One run of the engine on one stack; see {@link runStack}, which starts it. */
async function main(): Promise<void> {
  const request = JSON.parse(await text(process.stdin)) as StackProcessRequest;
  const interruption = interruptionOf(process.ppid);
  const { LocalWorkspace } = automationOf(request.program);
  const stack = await LocalWorkspace.createOrSelectStack(
    { stackName: request.stack, projectName: request.project, program: () => runProgram(request.program) },
    { workDir: request.folder },
  );
  for (const [key, value] of Object.entries(request.secrets)) {
    // As an argument, everybody on this machine could read it.
    await pulumi(request, ["config", "set", "--secret", key], value);
  }
  interruption.throwIfAborted();
  const started = performance.now();
  let lastWord = started;
  const result = await execute(stack, request, interruption, () => {
    lastWord = performance.now();
  });
  const seconds = (lastWord - started) / 1000;
  await writeFile(request.resultFile, JSON.stringify({ ...result, seconds } satisfies StackResult));
}

/** The program's own copy of the SDK, the only one in this process: another version replaces the classes of its messages. */
function automationOf(program: string): typeof automation {
  return createRequire(program)("@pulumi/pulumi/automation") as typeof automation;
}

function pulumi(
  { folder, stack }: StackProcessRequest,
  args: readonly string[],
  input = "",
): Promise<string> {
  return run("pulumi", [...args, "--stack", stack, "--non-interactive"], { cwd: folder, input });
}

/** Aborted by a signal, or when the process that asked for this run is gone: the engine then ends in good order. */
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

/** The program's exports, or what the function that it exports returns, are the stack's outputs, as under the host. */
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
  const options = { onOutput, onError: onOutput, signal, color: "never", suppressProgress: true } as const;
  switch (request.command) {
    case "up": {
      const { summary, outputs } = await stack.up(options);
      return { changes: summary.resourceChanges ?? {}, outputs: plain(outputs) };
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
        deployment: (JSON.parse(await pulumi(request, ["stack", "export"])) as { deployment: unknown })
          .deployment,
      };
  }
}

function plain(outputs: Awaited<ReturnType<automation.Stack["outputs"]>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, value as unknown]));
}

main().catch((error: unknown) => {
  // What the engine had to say it has printed.
  if (!isCommandError(error)) process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
});
