import { copyFile, cp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../../cli/shared/exec";
import packageJson from "../../package.json";
import { goModuleOf, GO_FOLDER, type Address } from "../../package/address";
import { packInto } from "../packages";
import { checkout } from "../checkout";
import { binary } from "../node/binaries";
import { fixedTime, tarOf } from "./archives";

const TYPESCRIPT = require.resolve("typescript/bin/tsc");
const GO_SDK = "github.com/pulumi/pulumi/sdk/v3";
/** The python3 of Debian and Ubuntu: no other has the packages that it has. */
const PYTHON = "/usr/bin/python3";

/** The languages whose SDKs are generated here. The generators for C# and Java are not available as Go modules. */
export const languages = ["nodejs", "python", "go"] as const;
export type Language = (typeof languages)[number];

/** Writes the SDKs of a package schema with Pulumi's own generators, a folder each. */
export async function generateSdks(
  folder: string,
  schema = join(checkout, "package/schema.json"),
): Promise<void> {
  await run(await binary("pulumi-sdks"), [schema, folder]);
}

/** Packs each generated SDK as its registry requires, and returns the files. */
export async function packSdks(generated: string, into: string, address: Address): Promise<string[]> {
  const from = (language: Language) => join(generated, language);
  return [
    await packNode(from("nodejs"), into),
    ...(await packPython(from("python"), into)),
    await packGo(from("go"), into, address),
  ];
}

/** Compiled, as npm's users expect; the version comes from the package.json beside the code. */
async function packNode(sdk: string, into: string): Promise<string> {
  await symlink(join(checkout, "node_modules"), join(sdk, "node_modules"));
  await run(process.execPath, [TYPESCRIPT], { cwd: sdk });
  const text = await readFile(join(sdk, "package.json"), "utf8");
  const { scripts: _, devDependencies: __, ...manifest } = JSON.parse(text) as Record<string, unknown>;
  const { publishConfig, engines } = packageJson;
  const packed = { ...manifest, ...repositoryField(), publishConfig, engines };
  await writeFile(join(sdk, "bin/package.json"), JSON.stringify(packed, undefined, 2));
  for (const [file, source] of [
    ["README.md", sdk],
    ["LICENSE", checkout],
  ] as const)
    await copyFile(join(source, file), join(sdk, "bin", file));
  return packInto(into, join(sdk, "bin"));
}

/** npm compares it with the repository that the workflow runs in. */
function repositoryField(): object {
  const { repository } = packageJson as { readonly repository?: unknown };
  return repository === undefined ? {} : { repository };
}

/** A wheel, and its source distribution. */
async function packPython(sdk: string, into: string): Promise<string[]> {
  await copyFile(join(checkout, "LICENSE"), join(sdk, "LICENSE"));
  const env = { SOURCE_DATE_EPOCH: String(fixedTime), PYTHONWARNINGS: "ignore" };
  await run(PYTHON, ["setup.py", "--quiet", "sdist", "bdist_wheel"], { cwd: sdk, env });
  const made = await readdir(join(sdk, "dist"));
  return Promise.all(
    made.map(async (name) => {
      const file = join(into, name);
      await copyFile(join(sdk, "dist", name), file);
      return file;
    }),
  );
}

/** The folder of a Go module, with its requirements, as a tag of this repository will contain it. */
async function packGo(sdk: string, into: string, address: Address): Promise<string> {
  const module = join(sdk, "module", GO_FOLDER);
  await cp(join(sdk, packageJson.name), module, { recursive: true });
  await copyFile(join(checkout, "LICENSE"), join(module, "LICENSE"));
  await writeGoModule(module, address);
  const archive = join(into, `${packageJson.name}-go-${packageJson.version}.tar.gz`);
  await tarOf(join(sdk, "module"), archive);
  await rm(join(sdk, "module"), { recursive: true });
  return archive;
}

/** Writes go.mod and go.sum. Listing the imports completes both without compiling anything. */
async function writeGoModule(folder: string, address: Address): Promise<void> {
  const module = join(checkout, "dev/node/binaries/pulumi-sdks/go.mod");
  const [, go = ""] = /^go (\S+)$/m.exec(await readFile(module, "utf8")) ?? [];
  const version = packageJson.devDependencies["@pulumi/pulumi"];
  await writeFile(
    join(folder, "go.mod"),
    `module ${goModuleOf(address)}\n\ngo ${go}\n\nrequire ${GO_SDK} v${version}\n`,
  );
  await run("go", ["list", "-deps", "./..."], {
    cwd: folder,
    env: { GOFLAGS: "-mod=mod", GOWORK: "off", CGO_ENABLED: "0" },
  });
}
