import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { gte } from "semver";
import { cacheRoot } from "../cache";
import type { DevCluster } from "../cluster";
import { run } from "../../cli/shared/exec";
import { part } from "../node/parts";
import { devDependencies } from "../../package.json";
import { policyRunnerFolder, resourcePlugins, standInHome } from "./binaries";

const INSTALL_TIMEOUT_MS = 60_000;

/** What the Pulumi engine needs in its environment to work on a cluster, with its state beside it. */
export type EngineEnvironment = Readonly<Record<string, string>>;

/**
 * `official` where those can be installed, else the stand-ins of this folder; or these in any case; or these without a
 * cluster, where every object counts as made.
 */
export type Plugins = "official" | "stand-in" | "without cluster";

/** The environment of the Pulumi command line for a cluster. */
export async function engineEnvironment(
  cluster: Pick<DevCluster, "kubeconfig" | "stateFolder">,
  plugins: Plugins = "official",
): Promise<EngineEnvironment> {
  const backend = stateBackend(cluster);
  const home = join(cacheRoot(), "pulumi");
  await Promise.all([backend, home].map((folder) => mkdir(folder, { recursive: true, mode: 0o700 })));
  const base = {
    // Last, so that an installed runner of policy packs goes first.
    PATH: [dirname(await pulumiCommand()), process.env["PATH"] ?? "", await policyRunnerFolder()].join(
      delimiter,
    ),
    PULUMI_HOME: home,
    PULUMI_BACKEND_URL: `file://${backend}`,
    PULUMI_CONFIG_PASSPHRASE_FILE: await passphraseFile(cluster.stateFolder),
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    NODE_COMPILE_CACHE: join(cacheRoot(), "compiled"),
    KUBECONFIG: cluster.kubeconfig,
  };
  if (plugins === "official" && (await canInstallOfficialPlugins(base))) return base;
  const standIn = { ...base, PULUMI_HOME: await standInHome() };
  return plugins === "without cluster" ? { ...standIn, PORTCULLIS_WITHOUT_CLUSTER: "true" } : standIn;
}

/** Folder of the state of all stacks on a cluster. */
export function stateBackend(cluster: Pick<DevCluster, "stateFolder">): string {
  return join(cluster.stateFolder, "pulumi");
}

/** An installed command line that this SDK can talk to, else the one of the embedded node's parts. */
async function pulumiCommand(): Promise<string> {
  const wanted = devDependencies["@pulumi/pulumi"];
  const installed = await run("pulumi", ["version"], { env: { PULUMI_SKIP_UPDATE_CHECK: "true" } }).catch(
    () => "",
  );
  const version = installed.trim().replace(/^v/, "");
  if (version !== "" && gte(version, wanted)) return (await run("which", ["pulumi"])).trim();
  return part("pulumi");
}

let installable: Promise<boolean> | undefined;

/** Tried once a run: a closed network refuses at once, and an installed plugin is found at once. */
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

/** Encrypts the secrets in the state; it lives and goes with the cluster. */
async function passphraseFile(folder: string): Promise<string> {
  const file = join(folder, "passphrase");
  const exists = await readFile(file).then(
    () => true,
    () => false,
  );
  if (!exists) await writeFile(file, randomBytes(24).toString("base64url"), { mode: 0o600 });
  return file;
}
