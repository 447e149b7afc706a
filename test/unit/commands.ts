import { execFile } from "node:child_process";
import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { checkout } from "../../dev/checkout";

/** The result of a command. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a main file of this repository as a person does, from a separate folder. */
export async function ran(
  file: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv },
): Promise<Ran> {
  const node = ["--import", require.resolve("tsx"), join(checkout, file), ...args];
  return promisify(execFile)(process.execPath, node, options).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: unknown) => error as Ran,
  );
}

/** An environment in which Node.js is the only program, without configuration in the home folder. */
export async function onlyNode(folder: string): Promise<NodeJS.ProcessEnv> {
  const programs = join(folder, "programs");
  await mkdir(programs);
  await symlink(process.execPath, join(programs, "node"));
  return { PATH: programs, HOME: folder };
}
