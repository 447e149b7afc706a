import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../cli/shared/exec";
import { Failure } from "../cli/shared/failure";
import packageJson from "../package.json";
import policyPackageJson from "../policy/package.json";
import { cached, cacheKey } from "./cache";
import { checkout } from "./checkout";
import { checkoutFiles, copyCheckout } from "./checkoutCopy";

/** Archives of the packages that npm's users install. */
export interface Packages {
  readonly library: string;
  readonly policy: string;
}

/**
 * Packs the library and the policy pack, or reuses the archives of the same files. They are built in a copy of this checkout:
 * in the checkout itself, one run would empty `dist/` while another packs it.
 */
export async function packages(): Promise<Packages> {
  const files = await checkoutFiles();
  const contents = await Promise.all(files.map((file) => readFile(join(checkout, file))));
  const key = cacheKey(process.version, files.join("\n"), ...contents);
  const folder = await cached("packages", key, async (into) => {
    const copy = await mkdtemp(join(tmpdir(), "portcullis-packages-"));
    try {
      await copyCheckout(files, copy);
      for (const source of [copy, join(copy, "policy")]) await packInto(into, source);
    } finally {
      await rm(copy, { recursive: true });
    }
  });
  return {
    library: join(folder, archiveName(packageJson)),
    policy: join(folder, archiveName(policyPackageJson)),
  };
}

/** Packs a package into a folder, and returns the path of the archive. */
export async function packInto(folder: string, source: string): Promise<string> {
  const printed = await run("npm", ["pack", "--json", "--pack-destination", folder], { cwd: source });
  const [packed] = JSON.parse(printed.slice(printed.indexOf("["))) as { readonly filename: string }[];
  if (!packed) throw new Failure(`npm packed nothing:\n${printed}`);
  return join(folder, packed.filename);
}

/** The name that npm gives it. */
function archiveName({ name, version }: { readonly name: string; readonly version: string }): string {
  return `${name}-${version}.tgz`;
}
