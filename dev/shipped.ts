import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "../cli/shared/failure";
import { checkout } from "./checkout";
import type { DevCluster } from "./devCluster";
import { workFolder } from "./instances";
import { runStack } from "./plugins/stackRun";

/** The commands of `cli/` that query a running gateway. */
export const shippedCommands = ["verify", "sessions", "explain"] as const;
export type ShippedCommand = (typeof shippedCommands)[number];

/** The commands that ask a person before they use a cluster. */
const asks: readonly ShippedCommand[] = ["verify", "sessions"];

/** The Node arguments that start a shipped command with what its users have: a stack's outputs and a kubeconfig. */
export async function invocation(
  cluster: DevCluster,
  command: ShippedCommand,
  args: readonly string[],
): Promise<string[]> {
  const folder = workFolder(cluster.instance.name);
  const outputs = join(folder, "outputs.json");
  await mkdir(folder, { recursive: true });
  const result = await runStack({ command: "export", stack: "dev", cluster });
  if (Object.keys(result.outputs).length === 0)
    throw new Failure(
      `The cluster ${cluster.instance.name} has no stack dev: ask the instance demo, after \`make demo\`.`,
    );
  await writeFile(outputs, JSON.stringify(result.outputs), { mode: 0o600 });
  return [
    ...["--import", "tsx", join(checkout, "cli/main.ts"), command, ...args],
    ...[
      "--outputs",
      outputs,
      "--kubeconfig",
      cluster.kubeconfig,
      ...(asks.includes(command) ? ["--yes"] : []),
    ],
  ];
}

/** Runs a shipped command on this terminal, and resolves with its exit code. */
export async function runShipped(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, args, { stdio: "inherit" });
  const [code] = (await once(child, "exit")) as [number | null];
  return code ?? 1;
}
