import { cp, copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../cli/shared/exec";
import { moduleSources } from "./goModule";

/** Packages of another module that stubs replace: their imports are then neither downloaded nor compiled. */
export interface LeftOut {
  readonly module: string;
  /** The folder of each in that module, and the folder of its stub in ours. */
  readonly packages: Readonly<Record<string, string>>;
}

const pins = ["go.mod", "go.sum"];

/**
 * Runs a build in which stubs replace some packages. The `go` command replaces modules only, so each module is copied
 * without its packages.
 *
 * @param folder of our module
 * @param build gets the flags that make `go` use the copies
 * @param keep keeps the build's changes to the module's pins
 */
export async function withoutPackages(
  leftOut: readonly LeftOut[],
  folder: string,
  build: (flags: readonly string[]) => Promise<unknown>,
  keep = false,
): Promise<void> {
  if (leftOut.length === 0) {
    await build([]);
    return;
  }
  const scratch = await mkdtemp(join(tmpdir(), "portcullis-build-"));
  try {
    const modfile = join(scratch, "go.mod");
    for (const file of pins) await copyFile(join(folder, file), join(scratch, file));
    for (const [index, each] of leftOut.entries()) {
      const copy = join(scratch, String(index));
      await copyWithout(each, folder, copy);
      await run("go", ["mod", "edit", "-replace", `${each.module}=${copy}`, modfile]);
    }
    await build([`-modfile=${modfile}`]);
    if (!keep) return;
    for (const { module } of leftOut) await run("go", ["mod", "edit", "-dropreplace", module, modfile]);
    for (const file of pins) await copyFile(join(scratch, file), join(folder, file));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function copyWithout(leftOut: LeftOut, folder: string, copy: string): Promise<void> {
  const original = await moduleSources(leftOut.module, folder);
  // Files of Go's module cache are read-only.
  await run("cp", ["--recursive", "--no-preserve=mode", original, copy]);
  for (const [name, stub] of Object.entries(leftOut.packages)) {
    await rm(join(copy, name), { recursive: true });
    await cp(join(folder, stub), join(copy, name), { recursive: true });
  }
}
