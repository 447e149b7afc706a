import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { CommandError, run } from "../../cli/shared/exec";
import { Failure, UsageError } from "../../cli/shared/failure";
import { runCommand } from "../usage";

const HELP = `usage: release:npm FOLDER

Publishes the npm archives of a release, and leaves out what is published already, so that a run that failed halfway can
be run again. The archives ask for provenance, which npm gives to a workflow only.`;

/** Publishes each archive of a folder that the registry lacks, and returns what it published. */
export async function publishNpm(
  folder: string,
  options: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<string[]> {
  const archives = (await readdir(folder)).filter((name) => name.endsWith(".tgz")).sort();
  if (archives.length === 0) throw new Failure(`${folder} has no npm archive.`);
  const published: string[] = [];
  for (const archive of archives) {
    const named = await nameOf(join(folder, archive));
    if (await isPublished(named, env)) continue;
    await run("npm", ["publish", join(folder, archive), ...options], { env });
    published.push(named);
  }
  return published;
}

/** `name@version` from the package.json in an archive. */
async function nameOf(archive: string): Promise<string> {
  const tar = gunzipSync(await readFile(archive));
  const text = entryOf(tar, "package/package.json");
  if (text === undefined) throw new Failure(`${archive} has no package.json.`);
  const { name, version } = JSON.parse(text) as { readonly name: string; readonly version: string };
  return `${name}@${version}`;
}

const BLOCK = 512;

/** The text of a file in a tar archive. */
function entryOf(tar: Buffer, wanted: string): string | undefined {
  for (let at = 0; at + BLOCK <= tar.length;) {
    const name = tar.toString("utf8", at, at + 100).replace(/\0.*$/s, "");
    const size = parseInt(tar.toString("ascii", at + 124, at + 136), 8) || 0;
    if (name === wanted) return tar.toString("utf8", at + BLOCK, at + BLOCK + size);
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return undefined;
}

async function isPublished(named: string, env: Readonly<Record<string, string>>): Promise<boolean> {
  try {
    return (await run("npm", ["view", named, "version", "--json"], { env })).trim() !== "";
  } catch (error) {
    if (error instanceof CommandError && error.output.includes("E404")) return false;
    throw error;
  }
}

if (require.main === module)
  runCommand(HELP, async () => {
    const [folder, ...more] = process.argv.slice(2);
    if (folder === undefined || more.length > 0) throw new UsageError(HELP);
    const published = await publishNpm(resolve(folder));
    process.stdout.write(`published: ${published.join(", ") || "nothing new"}\n`);
  });
