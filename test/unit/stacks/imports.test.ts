import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";

const root = join(__dirname, "..", "..", "..");

/** The npm packages that are loaded with these modules, each with its number of modules. */
function packagesOf(...modules: readonly string[]): ReadonlyMap<string, number> {
  const script = `${modules.map((one) => `require(${JSON.stringify(one)});`).join("")}
    process.stdout.write(JSON.stringify(Object.keys(require.cache)))`;
  const printed = execFileSync(process.execPath, ["--require", "tsx/cjs", "--eval", script], { cwd: root });
  const packages = new Map<string, number>();
  for (const file of JSON.parse(printed.toString()) as string[]) {
    const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1];
    if (name !== undefined) packages.set(name, (packages.get(name) ?? 0) + 1);
  }
  return packages;
}

describe("the program's imports", () => {
  let program: ReadonlyMap<string, number>;
  let sdk: ReadonlyMap<string, number>;

  before(() => {
    program = packagesOf("./index.ts");
    sdk = packagesOf("@pulumi/kubernetes/core/v1", "@pulumi/random/randomPassword");
  });

  it("load only the SDK's modules, the settings' schema and the public suffixes", () => {
    const added = [...program.keys()].filter((name) => !sdk.has(name)).sort();
    assert.deepEqual(added, ["tldts", "zod"]);
  });

  it("load only the kinds of Kubernetes objects that the components make", () => {
    const kinds = program.get("@pulumi/kubernetes") ?? 0;
    assert.ok(kinds > 0);
    // A root import alone would be 120 more.
    assert.ok(kinds < 80, `${kinds} modules of @pulumi/kubernetes`);
  });
});
