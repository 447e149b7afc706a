import { readFile } from "node:fs/promises";
import { run } from "./shared/exec";

/** Where the outputs of a gateway's stack come from: exactly one of the two. */
export interface OutputsSource {
  /** Name of a stack of the `pulumi` command line. */
  readonly stack?: string;
  /** Path of a file with what `pulumi stack output --json` prints. */
  readonly outputs?: string;
}

/** The outputs of a gateway's stack; undefined unless there is exactly one source. */
export async function stackOutputs({
  stack,
  outputs,
}: OutputsSource): Promise<Readonly<Record<string, unknown>> | undefined> {
  if ((stack === undefined) === (outputs === undefined)) return undefined;
  const text =
    stack === undefined
      ? await readFile(outputs ?? "", "utf8")
      : await run("pulumi", ["stack", "output", "--json", "--stack", stack]);
  return JSON.parse(text) as Record<string, unknown>;
}
