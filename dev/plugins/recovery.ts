import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../../cli/shared/exec";
import { isAlive } from "../processes";
import type { EngineEnvironment } from "./engine";

/** The backend keeps a file of attributes beside each lock. */
const LOCK_SUFFIX = ".json";

interface StackLocation {
  /** Folder of the state of all stacks. */
  readonly backend: string;
  /** Folder with the stack's project file. */
  readonly folder: string;
  readonly project: string;
  readonly stack: string;
}

interface Resource {
  readonly urn: string;
  readonly type: string;
  readonly inputs: { readonly metadata: { readonly name: string; readonly namespace?: string } };
}

interface ExportedStack {
  readonly deployment: {
    readonly resources?: readonly Resource[];
    readonly pending_operations?: readonly { readonly type: string; readonly resource: Resource }[];
  };
}

/**
 * Makes a stack usable again after its last run was killed. Such a run leaves a lock, and objects on the cluster that the
 * state does not have yet, so that they would seem to belong to somebody else.
 *
 * @returns what the next run needs in its environment
 */
export async function recoverStack(
  env: EngineEnvironment,
  location: StackLocation,
): Promise<EngineEnvironment> {
  if (!(await hasStaleLock(location))) return {};
  const pulumi = (args: readonly string[], input = "") =>
    run("pulumi", [...args, "--stack", location.stack], { cwd: location.folder, env, input });
  await pulumi(["cancel", "--yes"]);
  const exported = JSON.parse(await pulumi(["stack", "export"])) as ExportedStack;
  const adopted = halfMade(exported);
  if (adopted.length > 0) {
    const { resources = [], ...deployment } = exported.deployment;
    const mended = { ...deployment, resources: [...resources, ...adopted], pending_operations: [] };
    await pulumi(["stack", "import"], JSON.stringify({ ...exported, deployment: mended }));
    // The cluster knows whether they were created after all, and as what.
    const targets = adopted.flatMap(({ urn }) => ["--target", urn]);
    await pulumi(["refresh", "--yes", "--skip-preview", ...targets]);
  }
  // The API server records their fields under a field manager whose name was lost with the killed run.
  return { PULUMI_K8S_ENABLE_PATCH_FORCE: "true" };
}

/** The lock names the process that holds it. */
async function hasStaleLock({ backend, project, stack }: StackLocation): Promise<boolean> {
  const folder = join(backend, ".pulumi/locks/organization", project, stack);
  const names = await readdir(folder).catch(() => []);
  const holders = await Promise.all(
    names
      .filter((name) => name.endsWith(LOCK_SUFFIX))
      .map(async (name) => JSON.parse(await readFile(join(folder, name), "utf8")) as { pid: number }),
  );
  return holders.some((holder) => !isAlive(holder));
}

/** The objects that were being created. A predecessor in the state means a replacement, which is created again. */
function halfMade({ deployment }: ExportedStack): readonly Resource[] {
  const { pending_operations: pending = [], resources = [] } = deployment;
  return pending
    .filter(({ type, resource }) => type === "creating" && resource.type.startsWith("kubernetes:"))
    .map(({ resource }) => resource)
    .filter(({ urn }) => !resources.some((resource) => resource.urn === urn))
    .map((resource) => ({ ...resource, id: idOf(resource.inputs), outputs: resource.inputs }));
}

/** The id by which the provider knows an object. */
function idOf({ metadata: { name, namespace } }: Resource["inputs"]): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}
