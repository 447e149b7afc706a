import { version as esbuildVersion } from "esbuild";
import { chmod, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { devDependencies } from "../../package.json";
import { cached, cacheKey } from "../cache";
import { bundle } from "../fixtures/bundle";
import { binary } from "../node/binaries";
import { ofSerialization } from "./lateModules";
import { runtimeNames, type Runtime } from "./programCommand";

/** The resource plugins of the program, with the versions that it asks for. */
export const resourcePlugins = {
  kubernetes: devDependencies["@pulumi/kubernetes"],
  random: devDependencies["@pulumi/random"],
} as const;
type PluginName = keyof typeof resourcePlugins;

/**
 * A home of the engine for where the official builds cannot be installed: Pulumi's own `kubernetes` provider, built from its
 * source, and a stand-in for `random`, whose source is not to be had. Built on first use.
 */
export async function homeOfBuiltPlugins(): Promise<string> {
  const folder = join(__dirname, "random");
  const sources = (await readdir(folder)).sort().map((name) => readFile(join(folder, name)));
  const lockfile = readFile(join(__dirname, "..", "..", "package-lock.json"));
  const provider = await binary("pulumi-resource-kubernetes");
  const own = [__filename, require.resolve("../fixtures/bundle"), require.resolve("./lateModules")];
  const inputs = await Promise.all([lockfile, ...own.map((file) => readFile(file)), ...sources]);
  return cached("plugins", cacheKey(provider, process.execPath, esbuildVersion, ...inputs), async (home) => {
    await writeFile(join(home, "logs"), NO_LOGS);
    await symlink(provider, await executableIn(home, "kubernetes"));
    await buildRandom(await executableIn(home, "random"));
  });
}

/** The engine keeps a log of all its calls, which takes two fifths of its processor time, and has no setting for it. */
const NO_LOGS = "This file is here so that the engine makes no folder of this name.\n";

/** Where the engine looks for a plugin, whatever version that has. */
async function executableIn(home: string, name: PluginName): Promise<string> {
  const folder = join(home, "plugins", `resource-${name}-v${resourcePlugins[name]}`);
  await mkdir(folder, { recursive: true });
  return join(folder, `pulumi-resource-${name}`);
}

const policyRunner = `#!/bin/sh
exec ${JSON.stringify(process.execPath)} "$(${JSON.stringify(process.execPath)} -p 'require.resolve("@pulumi/pulumi/cmd/run-policy-pack", {paths: ["."]})')" "$@"
`;

/** Folder of the program that runs policy packs, which the engine looks for where it has no language host. */
export function policyRunnerFolder(): Promise<string> {
  return cached("policy-runner", cacheKey(policyRunner), (folder) =>
    writeExecutable(join(folder, "pulumi-analyzer-policy-nodejs"), policyRunner),
  );
}

/** Folder of what runs a project's program where Pulumi's own hosts of these languages are not to be had. */
export function languageHostFolder(): Promise<string> {
  const loader = pathToFileURL(require.resolve("tsx")).href;
  const host = join(__dirname, "languageHost.ts");
  const script = (runtime: Runtime) =>
    `#!/bin/sh\nexec ${JSON.stringify(process.execPath)} --import ${loader} ${JSON.stringify(host)} ${runtime} "$@"\n`;
  return cached("language-host", cacheKey(...runtimeNames.map(script)), async (folder) => {
    for (const runtime of runtimeNames)
      await writeExecutable(join(folder, `pulumi-language-${runtime}`), script(runtime));
  });
}

async function buildRandom(executable: string): Promise<void> {
  const program = `${executable}.cjs`;
  await writeFile(program, await bundle(join(__dirname, "random", "main.ts"), ofSerialization));
  // The engine starts plugins with the program's environment, in which another Node may come first.
  await writeExecutable(executable, `#!/bin/sh\nexec ${JSON.stringify(process.execPath)} "$0.cjs" "$@"\n`);
}

async function writeExecutable(file: string, text: string): Promise<void> {
  await writeFile(file, text);
  await chmod(file, 0o755);
}
