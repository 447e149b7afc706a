import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "../shared/failure";
import type { Manifest } from "./manifests";

/**
 * Writes one file for each object.
 *
 * @throws {Failure} if the folder already has files: those of deleted objects would remain
 */
export async function writeManifests(folder: string, manifests: readonly Manifest[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  if ((await readdir(folder)).length > 0) throw new Failure(`The folder ${folder} is not empty.`);
  for (const { name, text } of manifests) await writeFile(join(folder, `${name}.yaml`), text, { flag: "wx" });
  process.stderr.write(`${manifests.length} objects written to ${folder}\n`);
}
