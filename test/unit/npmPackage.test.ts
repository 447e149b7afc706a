import assert from "node:assert/strict";
import { build } from "esbuild";
import { existsSync } from "node:fs";
import { builtinModules } from "node:module";
import { join } from "node:path";
import { commandBundle } from "../../dev/bundle";
import { checkout } from "../../dev/checkout";
import packageJson from "../../package.json";
import policyPackage from "../../policy/package.json";

/** The packages that a file of the archive asks for when it runs, by their names. */
async function packagesOf(entry: string, bundled: boolean): Promise<string[]> {
  const options = { ...commandBundle, entryPoints: [join(checkout, entry)], write: false, outdir: "nowhere" };
  const { metafile } = await build({ ...options, ...(!bundled && { packages: "external" as const }) });
  const asked = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path));
  const packages = asked
    .filter((path) => !path.startsWith("node:") && !builtinModules.includes(path))
    .map((path) => path.split("/", path.startsWith("@") ? 2 : 1).join("/"));
  return [...new Set(packages)].sort();
}

/** What `ws` uses where it is there. */
const OPTIONAL = ["bufferutil", "utf-8-validate"];

describe("the package", () => {
  it("depends on what its files ask for, and on nothing else", async () => {
    const asked = [
      ...(await packagesOf("components/index.ts", false)),
      ...(await packagesOf("package/index.ts", false)),
      ...(await packagesOf("testing/index.ts", false)),
      ...(await packagesOf("cli/main.ts", true)),
      ...(await packagesOf("policy/index.ts", false)),
    ].filter((name) => !OPTIONAL.includes(name));
    const declared = [...Object.keys(packageJson.dependencies), ...Object.keys(packageJson.peerDependencies)];
    assert.deepEqual([...new Set(asked)].sort(), declared.sort());
  });

  it("says what a registry asks for", () => {
    for (const field of ["description", "license", "keywords", "engines", "exports", "types", "bin", "type"])
      assert.ok(field in packageJson, field);
    assert.ok(!("private" in packageJson) && !("private" in policyPackage));
    assert.deepEqual(packageJson.publishConfig, { access: "public", provenance: true });
    assert.deepEqual(policyPackage.publishConfig, packageJson.publishConfig);
    assert.equal(policyPackage.version, packageJson.version, "both are released together");
  });

  it("takes only files into the archive that are there or are built", () => {
    for (const name of packageJson.files)
      assert.ok(name === "dist" || existsSync(join(checkout, name)), name);
  });
});
