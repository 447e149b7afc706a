import { readFile } from "node:fs/promises";
import type { Cluster } from "../dev/cluster";
import { run } from "./shared/exec";
import { runStack } from "../dev/plugins/stackRun";

/** Where the outputs of a gateway's stack come from: exactly one of the three. */
export interface OutputsSource {
  /** Name of a stack of the `pulumi` command line. */
  readonly stack?: string;
  /** Path of a file with what `pulumi stack output --json` prints. */
  readonly outputs?: string;
  /** This machine's cluster of that name, with its dev stack. */
  readonly instance?: string;
}

/** The outputs of a gateway's stack. */
export async function stackOutputs(
  { stack, outputs }: OutputsSource,
  cluster: Cluster | undefined,
): Promise<Readonly<Record<string, unknown>>> {
  if (outputs !== undefined) return JSON.parse(await readFile(outputs, "utf8")) as Record<string, unknown>;
  if (stack !== undefined)
    return JSON.parse(await run("pulumi", ["stack", "output", "--json", "--stack", stack])) as Record<
      string,
      unknown
    >;
  return cluster ? (await runStack({ command: "export", stack: "dev", cluster })).outputs : {};
}

/** How many of the three sources were given. */
export function sourcesGiven({ stack, outputs, instance }: OutputsSource): number {
  return [stack, outputs, instance].filter((source) => source !== undefined).length;
}
