import { chmod, copyFile, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { stringify } from "yaml";
import { checkout } from "../../dev/checkout";
import { run } from "../../cli/shared/exec";
import type { DevCluster } from "../../dev/devCluster";
import { binary } from "../../dev/node/binaries";
import { engineEnvironment, type EngineEnvironment } from "../../dev/plugins/engine";
import packageJson from "../../package.json";
import { packages } from "../../dev/packages";

const STACK = "test";

/** A stack of a YAML program, under Pulumi's own host for it, with the library as in its archive. */
export class YamlProgram {
  private constructor(
    private readonly folder: string,
    private readonly env: EngineEnvironment,
  ) {}

  /** @param cluster where its objects are created; if omitted, the provider would write files */
  static async create(cluster?: Pick<DevCluster, "kubeconfig">): Promise<YamlProgram> {
    const folder = await mkdtemp(join(tmpdir(), "portcullis-yaml-"));
    await mkdir(join(folder, "program"));
    await installPackage(folder);
    const engine = await engineEnvironment({ stateFolder: folder, ...cluster });
    const host = dirname(await binary("pulumi-language-yaml"));
    return new YamlProgram(folder, { ...engine, PATH: [host, engine["PATH"]].join(delimiter) });
  }

  /** Writes the program, whose package is this library's. */
  async write({ packages: _, ...program }: Readonly<Record<string, unknown>>): Promise<void> {
    const providers = [{ name: packageJson.name, path: join(this.folder, "plugin") }];
    await writeFile(
      join(this.folder, "program", "Pulumi.yaml"),
      stringify({ ...program, plugins: { providers } }),
    );
  }

  async begin(secrets: Readonly<Record<string, string>>): Promise<void> {
    await this.pulumi("stack", "init", STACK);
    for (const [key, value] of Object.entries(secrets))
      await run("pulumi", ["config", "set", "--secret", key, "--stack", STACK], {
        ...this.place,
        input: value,
      });
  }

  /** The output of the command. */
  pulumi(...args: readonly string[]): Promise<string> {
    return run("pulumi", [...args, "--non-interactive", "--color", "never"], this.place);
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true });
  }

  /** Where its commands run. */
  get place() {
    return { cwd: join(this.folder, "program"), env: this.env };
  }

  /** The executable that serves the components. */
  get plugin(): string {
    return join(this.folder, "plugin", `pulumi-resource-${packageJson.name}`);
  }
}

/** Does what `npm install` of the archive would do, without the network: its dependencies are this checkout's. */
async function installPackage(folder: string): Promise<void> {
  const modules = join(folder, "node_modules");
  const library = join(modules, packageJson.name);
  await mkdir(library, { recursive: true });
  const { library: archive } = await packages();
  await run("tar", ["--extract", "--file", archive, "--strip-components", "1"], { cwd: library });
  for (const name of await readdir(join(checkout, "node_modules")))
    await symlink(join(checkout, "node_modules", name), join(modules, name));
  const plugin = join(folder, "plugin");
  await mkdir(plugin);
  await copyFile(join(checkout, "plugin", "index.js"), join(plugin, "index.js"));
  // What the engine's host for Node.js would do according to PulumiPlugin.yaml.
  const executable = join(plugin, `pulumi-resource-${packageJson.name}`);
  await writeFile(
    executable,
    `#!/bin/sh\nexec ${JSON.stringify(process.execPath)} "$(dirname "$0")/index.js" "$@"\n`,
  );
  await chmod(executable, 0o755);
}
