import { build, type BuildOptions } from "esbuild";
import { chmod, cp, glob, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runMain } from "../cli/shared/progress";
import packageJson from "../package.json";
import { buildPack, packFolder } from "../policy/build";
import { checkout } from "./checkout";

const dist = join(checkout, "dist");
const NODE_MODULES = "node_modules/";

/**
 * The sources of the bundled command. The library's dependencies stay outside, including Pulumi's SDKs: no other
 * copy of those understands the program's.
 */
export const commandBundle = {
  entryPoints: [join(checkout, "cli/main.ts")],
  absWorkingDir: checkout,
  bundle: true,
  platform: "node",
  target: "node22",
  format: "cjs",
  mainFields: ["module", "main"],
  external: ["@pulumi/*", ...Object.keys(packageJson.dependencies)],
  metafile: true,
  logLevel: "warning",
} as const satisfies BuildOptions;

/**
 * Writes what the package has besides the library: the command as one file, so that users who only want the library
 * do not install the Kubernetes client, and the compiled policy pack that `check` runs.
 */
async function bundle(): Promise<void> {
  const command = join(dist, "cli/main.js");
  const { metafile } = await build({
    ...commandBundle,
    outfile: command,
    minify: true,
    legalComments: "none",
  });
  await chmod(command, 0o755);
  const folders = Object.keys(metafile.inputs).flatMap((file) => packageFolder(file) ?? []);
  const notices = [...new Set(folders)].sort().map(notice);
  await writeFile(join(dist, "cli/THIRD-PARTY.txt"), (await Promise.all(notices)).join("\n"));
  await buildPack();
  await mkdir(join(dist, "policy"), { recursive: true });
  for (const name of ["PulumiPolicy.yaml", "package.json", "dist"])
    await cp(join(packFolder, name), join(dist, "policy", name), { recursive: true });
}

/** The package folder that a bundled file belongs to; undefined for our own files. */
function packageFolder(file: string): string | undefined {
  const at = file.lastIndexOf(NODE_MODULES);
  if (at === -1) return undefined;
  const [scope = "", name = ""] = file.slice(at + NODE_MODULES.length).split("/");
  return file.slice(0, at + NODE_MODULES.length) + (scope.startsWith("@") ? `${scope}/${name}` : scope);
}

/** Name, version and licence of a bundled package, as its licence requires. */
async function notice(folder: string): Promise<string> {
  const text = await readFile(join(checkout, folder, "package.json"), "utf8");
  const { name, version, license } = JSON.parse(text) as Record<"name" | "version" | "license", string>;
  const licences: string[] = [];
  for await (const file of glob("{LICENSE,LICENCE,license}*", { cwd: join(checkout, folder) }))
    licences.push(await readFile(join(checkout, folder, file), "utf8"));
  return [`${name} ${version} (${license})`, "", ...licences, ""].join("\n");
}

if (require.main === module)
  runMain(async () => {
    await bundle();
    process.stdout.write(`${packageJson.name}: bundled the command and the policy pack\n`);
  });
