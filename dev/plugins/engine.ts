import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { gte } from "semver";
import { cacheRoot } from "../cache";
import { run } from "../../cli/shared/exec";
import { binary, isBuilt } from "../node/binaries";
import { devDependencies } from "../../package.json";
import { homeOfBuiltPlugins, policyRunnerFolder, resourcePlugins } from "./builtPlugins";

const INSTALL_TIMEOUT_MS = 60_000;

/** The environment that the Pulumi engine needs to work on a cluster, with its state beside it. */
export type EngineEnvironment = Readonly<Record<string, string>>;

/** Where a stack's objects are created, and where its state is kept. */
export interface StackPlace {
  readonly stateFolder: string;
  /** @default no cluster: the provider renders the objects into files */
  readonly kubeconfig?: string;
}

/** The environment of the Pulumi command line for a cluster, or for none. */
export async function engineEnvironment(place: StackPlace): Promise<EngineEnvironment> {
  const backend = stateBackend(place);
  await mkdir(backend, { recursive: true, mode: 0o700 });
  const env = {
    ...(await commandEnvironment()),
    PULUMI_BACKEND_URL: `file://${backend}`,
    PULUMI_CONFIG_PASSPHRASE_FILE: await passphraseFile(place.stateFolder),
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS: "true",
    NODE_COMPILE_CACHE: join(cacheRoot(), "compiled"),
    // Memory is available; everybody waits for processor time.
    GOGC: "400",
    KUBECONFIG: place.kubeconfig ?? (await noCluster(place.stateFolder)),
  };
  if (await canInstallOfficialPlugins(env)) return env;
  return { ...env, PULUMI_HOME: await homeOfBuiltPlugins() };
}

let foundVersion: Promise<string> | undefined;

/** Version of the command line, asked for once by a process. */
export function engineVersion(env: EngineEnvironment): Promise<string> {
  foundVersion ??= run("pulumi", ["version"], { env });
  return foundVersion;
}

/**
 * Finds out early which plugins can be installed, in parallel with other waits: without network access, the command line
 * tries five times. Nothing is built for it.
 */
export async function prepareEngine(): Promise<void> {
  if (await isBuilt("pulumi")) await canInstallOfficialPlugins(await commandEnvironment());
}

/** The environment that the command line needs before there is a stack. */
async function commandEnvironment(): Promise<EngineEnvironment> {
  const home = join(cacheRoot(), "pulumi");
  await mkdir(home, { recursive: true, mode: 0o700 });
  return {
    // Last, so that an installed runner of policy packs takes precedence.
    PATH: [dirname(await pulumiCommand()), process.env["PATH"] ?? "", await policyRunnerFolder()].join(
      delimiter,
    ),
    PULUMI_HOME: home,
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
}

/** A kubeconfig that leads to no cluster: without one, the provider looks for a cluster. */
async function noCluster(folder: string): Promise<string> {
  const file = join(folder, "no-cluster");
  await writeFile(file, JSON.stringify({ apiVersion: "v1", kind: "Config", "current-context": "none" }));
  return file;
}

/** Folder of the state of all stacks on a cluster. */
export function stateBackend({ stateFolder }: Pick<StackPlace, "stateFolder">): string {
  return join(stateFolder, "pulumi");
}

/** An installed command line that works with this SDK, else the one of the embedded node's binaries. */
async function pulumiCommand(): Promise<string> {
  const wanted = devDependencies["@pulumi/pulumi"];
  const installed = await run("pulumi", ["version"], { env: { PULUMI_SKIP_UPDATE_CHECK: "true" } }).catch(
    () => "",
  );
  const version = installed.trim().replace(/^v/, "");
  if (version !== "" && gte(version, wanted)) return (await run("which", ["pulumi"])).trim();
  return binary("pulumi");
}

let installable: Promise<boolean> | undefined;

/** Tried once per run: an installed plugin is found immediately. */
function canInstallOfficialPlugins(env: EngineEnvironment): Promise<boolean> {
  installable ??= installOfficialPlugins(env).then(
    () => true,
    () => false,
  );
  return installable;
}

async function installOfficialPlugins(env: EngineEnvironment): Promise<void> {
  for (const [name, version] of Object.entries(resourcePlugins)) {
    await run("pulumi", ["plugin", "install", "resource", name, version], {
      env,
      timeoutMs: INSTALL_TIMEOUT_MS,
    });
  }
}

/** Encrypts the secrets in the state; it exists as long as the cluster. */
async function passphraseFile(folder: string): Promise<string> {
  const file = join(folder, "passphrase");
  const exists = await readFile(file).then(
    () => true,
    () => false,
  );
  if (!exists) await writeFile(file, randomBytes(24).toString("base64url"), { mode: 0o600 });
  return file;
}
