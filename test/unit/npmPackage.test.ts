import assert from "node:assert/strict";
import { build, type Metafile } from "esbuild";
import { existsSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { commandBundle } from "../../dev/bundle";
import { checkout } from "../../dev/checkout";
import packageJson from "../../package.json";
import policyPackage from "../../policy/package.json";

/** What of a bundle may differ. */
interface Bundling {
  readonly packages?: "external";
}

/** What esbuild finds in a file of the archive and all that it imports, written nowhere. */
async function bundled(entry: string, options: Bundling = {}): Promise<Metafile> {
  const output = { entryPoints: [join(checkout, entry)], write: false, outdir: "nowhere" };
  const { metafile } = await build({ ...commandBundle, ...output, ...options });
  return metafile;
}

/** The name of the package that an import or a file in `node_modules` belongs to. */
function packageOf(path: string): string {
  return path.split("/", path.startsWith("@") ? 2 : 1).join("/");
}

/** The packages that a file of the archive imports when it runs, by name. */
async function packagesOf(entry: string, options: Bundling = {}): Promise<string[]> {
  const { outputs } = await bundled(entry, options);
  const asked = Object.values(outputs).flatMap(({ imports }) => imports.map(({ path }) => path));
  return [...new Set(asked.filter((path) => !isBuiltin(path)).map(packageOf))].sort();
}

/** The packages that a file loads at its start, bundled ones included. */
async function packagesAtStartOf(entry: string): Promise<string[]> {
  const { inputs } = await bundled(entry);
  const loaded = new Set([entry]);
  for (const file of loaded)
    for (const { path, kind } of inputs[file]?.imports ?? [])
      if (kind !== "dynamic-import" && !isBuiltin(path)) loaded.add(path);
  const packages = [...loaded].flatMap((file) => {
    const name = file.split("node_modules/").at(-1) ?? file;
    const isOurs = name === file && name in inputs;
    return isOurs ? [] : [packageOf(name)];
  });
  return [...new Set(packages)].sort();
}

/** What `ws` uses if it is installed. */
const OPTIONAL = ["bufferutil", "utf-8-validate"];

describe("the package", () => {
  it("depends only on the packages that its files need", async () => {
    const unbundled: Bundling = { packages: "external" };
    const asked = [
      ...(await packagesOf("components/index.ts", unbundled)),
      ...(await packagesOf("package/index.ts", unbundled)),
      ...(await packagesOf("testing/index.ts", unbundled)),
      ...(await packagesOf("cli/main.ts")),
      ...(await packagesOf("policy/index.ts", unbundled)),
    ].filter((name) => !OPTIONAL.includes(name));
    const declared = [...Object.keys(packageJson.dependencies), ...Object.keys(packageJson.peerDependencies)];
    assert.deepEqual([...new Set(asked)].sort(), declared.sort());
  });

  it("has a command that loads neither Pulumi nor a client of an API before it needs them", async () => {
    assert.deepEqual(await packagesAtStartOf("cli/main.ts"), [
      "@commander-js/extra-typings",
      "commander",
      "tldts",
      "yaml",
      "zod",
    ]);
  });

  it("has the fields that a registry needs", () => {
    for (const field of ["description", "license", "keywords", "engines", "exports", "types", "bin", "type"])
      assert.ok(field in packageJson, field);
    assert.ok(!("private" in packageJson) && !("private" in policyPackage));
    assert.deepEqual(packageJson.publishConfig, { access: "public", provenance: true });
    assert.deepEqual(policyPackage.publishConfig, packageJson.publishConfig);
    assert.equal(policyPackage.version, packageJson.version, "both are released together");
  });

  it("puts only files into the archive that exist or are built", () => {
    for (const name of packageJson.files)
      assert.ok(name === "dist" || existsSync(join(checkout, name)), name);
  });
});
