import { build, version as esbuildVersion } from "esbuild";
import { chmod, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { devDependencies } from "../../package.json";
import { cached, cacheKey } from "../cache";

/** The resource plugins that have a stand-in here, with the version of the official one that programs ask for. */
export const resourcePlugins = {
  kubernetes: devDependencies["@pulumi/kubernetes"],
  random: devDependencies["@pulumi/random"],
} as const;

const PROTOCOL = "protocol";

/** A home for the Pulumi engine where the stand-ins are installed like official plugins. Built on first use. */
export async function standInHome(): Promise<string> {
  const plugins = Object.entries(resourcePlugins);
  const sources = await Promise.all(
    [...Object.keys(resourcePlugins), PROTOCOL].map((name) => sourcesIn(join(__dirname, name))),
  );
  const lockfile = await readFile(join(__dirname, "..", "..", "package-lock.json"));
  const key = cacheKey(process.execPath, esbuildVersion, lockfile, ...sources.flat());
  return cached("plugins", key, async (home) => {
    for (const [name, version] of plugins) {
      const folder = join(home, "plugins", `resource-${name}-v${version}`);
      await mkdir(folder, { recursive: true });
      await buildPlugin(name, folder);
    }
  });
}

const policyRunner = `#!/bin/sh
exec ${JSON.stringify(process.execPath)} "$(${JSON.stringify(process.execPath)} -p 'require.resolve("@pulumi/pulumi/cmd/run-policy-pack", {paths: ["."]})')" "$@"
`;

/** Folder of the program that runs policy packs, which the engine looks for where it has no language host. */
export function policyRunnerFolder(): Promise<string> {
  return cached("policy-runner", cacheKey(policyRunner), async (folder) => {
    const executable = join(folder, "pulumi-analyzer-policy-nodejs");
    await writeFile(executable, policyRunner);
    await chmod(executable, 0o755);
  });
}

async function buildPlugin(name: string, folder: string): Promise<void> {
  const program = `${name}.cjs`;
  await build({
    entryPoints: [join(__dirname, name, "main.ts")],
    outfile: join(folder, program),
    bundle: true,
    minify: true,
    platform: "node",
    target: "node24",
    format: "cjs",
    legalComments: "none",
    logLevel: "silent",
  });
  const executable = join(folder, `pulumi-resource-${name}`);
  // The engine starts plugins with the program's environment, in which another Node may come first.
  await writeFile(
    executable,
    `#!/bin/sh\nexec ${JSON.stringify(process.execPath)} "$(dirname "$0")/${program}" "$@"\n`,
  );
  await chmod(executable, 0o755);
}

async function sourcesIn(folder: string): Promise<readonly Buffer[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(paths.sort().map((path) => readFile(path)));
}
