import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { run } from "../../cli/shared/exec";

/** The time of every file in an archive, in seconds since 1970: equal contents make an equal archive. */
export const fixedTime = 1_600_000_000;

/** Packs all files of a folder, so that equal files make equal bytes. */
export async function tarOf(folder: string, archive: string): Promise<void> {
  const same = ["--sort=name", `--mtime=@${fixedTime}`, "--owner=0", "--group=0", "--numeric-owner"];
  await run("tar", ["--create", "--file", archive, "--use-compress-program", "gzip -n", ...same, "."], {
    cwd: folder,
  });
}

/** Lines in the format of `sha256sum --check`. */
export async function checksums(files: readonly string[]): Promise<string> {
  const lines = files.map(async (file) => {
    const hash = createHash("sha256").update(await readFile(file));
    return `${hash.digest("hex")}  ${basename(file)}\n`;
  });
  return (await Promise.all(lines)).join("");
}
