import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { checkout } from "../cli/shared/checkout";
import type { DevCluster } from "./cluster";
import { workFolder } from "./instances";
import { runStack } from "./plugins/stackRun";

/** The commands of `cli/` that ask a gateway that runs. */
export const shippedCommands = ["verify", "sessions"] as const;
export type ShippedCommand = (typeof shippedCommands)[number];

/** How a shipped command is started for the dev stack of a cluster. */
export interface Invocation {
  /** Arguments of Node. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Gives a shipped command what its users have: the stack's outputs, a kubeconfig, and kubectl on the path. */
export async function invocation(
  cluster: DevCluster,
  command: ShippedCommand,
  args: readonly string[],
): Promise<Invocation> {
  const folder = workFolder(cluster.instance.name);
  const bin = join(folder, "bin");
  const outputs = join(folder, "outputs.json");
  await mkdir(bin, { recursive: true });
  const result = await runStack({ command: "export", stack: "dev", cluster });
  await writeFile(outputs, JSON.stringify(result.outputs), { mode: 0o600 });
  if (cluster.kind === "embedded") await writeKubectl(join(bin, "kubectl"), cluster.kubectl);
  return {
    args: [
      ...["--import", "tsx", join(checkout, "cli", `${command}.ts`), ...args],
      ...["--outputs", outputs, "--kubeconfig", cluster.kubeconfig, "--yes"],
    ],
    env: { PATH: [bin, process.env["PATH"] ?? ""].join(delimiter) },
  };
}

/** Runs a shipped command on this terminal, and resolves with its exit code. */
export async function runShipped({ args, env }: Invocation): Promise<number> {
  const child = spawn(process.execPath, args, { stdio: "inherit", env: { ...process.env, ...env } });
  const [code] = (await once(child, "exit")) as [number | null];
  return code ?? 1;
}

/** On the embedded node kubectl is one of the programs of another binary. */
async function writeKubectl(file: string, [command, ...first]: DevCluster["kubectl"]): Promise<void> {
  const words = [command, ...first].map((word) => `'${word}'`).join(" ");
  await writeFile(file, `#!/bin/sh\nexec ${words} "$@"\n`);
  await chmod(file, 0o755);
}
