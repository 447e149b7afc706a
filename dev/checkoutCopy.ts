import { existsSync } from "node:fs";
import { copyFile, mkdir, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { run } from "../cli/shared/exec";
import { checkout } from "./checkout";

/** Paths inside the checkout of the files that Git tracks or would add. */
export async function checkoutFiles(): Promise<string[]> {
  const options = ["-z", "--cached", "--others", "--exclude-standard", "--deduplicate"];
  const printed = await run("git", ["ls-files", ...options], { cwd: checkout });
  return printed.split("\0").filter((file) => file !== "" && existsSync(join(checkout, file)));
}

/** Copies these files of the checkout into a folder, and makes the checkout's own dependencies available there. */
export async function copyCheckout(files: readonly string[], folder: string): Promise<void> {
  for (const file of files) {
    const copy = join(folder, file);
    await mkdir(dirname(copy), { recursive: true });
    await copyFile(join(checkout, file), copy);
  }
  await symlink(join(checkout, "node_modules"), join(folder, "node_modules"));
}
