import { writeFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { CommandError, LocalWorkspace, type Stack } from "@pulumi/pulumi/automation";
import type { StackProcessRequest, StackResult } from "./stackRun";

/** One run of the engine on one stack; see {@link runStack}, which starts it. */
async function main(): Promise<void> {
  const request = JSON.parse(await text(process.stdin)) as StackProcessRequest;
  // Ctrl-C reaches the engine too, which then ends in good order; this process waits for it.
  process.on("SIGINT", () => undefined);
  const stack = await LocalWorkspace.createOrSelectStack(
    { stackName: request.stack, projectName: request.project, program: () => runProgram(request.program) },
    { workDir: request.folder },
  );
  const secrets = Object.entries(request.secrets).map(
    ([key, value]) => [key, { value, secret: true }] as const,
  );
  if (secrets.length > 0) await stack.setAllConfig(Object.fromEntries(secrets));
  await writeFile(request.resultFile, JSON.stringify(await execute(stack, request)));
}

/** The program's exports are the stack's outputs, as they are under the language host. */
async function runProgram(file: string): Promise<Record<string, unknown>> {
  const module = (await import(file)) as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(module).filter(([name]) => !["default", "module.exports", "__esModule"].includes(name)),
  );
}

async function execute(stack: Stack, { command }: StackProcessRequest): Promise<StackResult> {
  const onOutput = (chunk: string) => process.stdout.write(chunk);
  const options = { onOutput, onError: onOutput, color: "never", suppressProgress: true } as const;
  switch (command) {
    case "up": {
      const { summary, outputs } = await stack.up(options);
      return { changes: summary.resourceChanges ?? {}, outputs: plain(outputs) };
    }
    case "preview":
      return { changes: (await stack.preview(options)).changeSummary, outputs: {} };
    case "refresh":
      return { changes: (await stack.refresh(options)).summary.resourceChanges ?? {}, outputs: {} };
    case "destroy":
      return { changes: (await stack.destroy(options)).summary.resourceChanges ?? {}, outputs: {} };
    case "export":
      return {
        changes: {},
        outputs: plain(await stack.outputs()),
        deployment: (await stack.exportStack()).deployment as unknown,
      };
  }
}

function plain(outputs: Awaited<ReturnType<Stack["outputs"]>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, value as unknown]));
}

main().catch((error: unknown) => {
  // What the engine had to say it has printed.
  if (!(error instanceof CommandError)) process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
});
