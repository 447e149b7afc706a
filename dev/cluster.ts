import { copyFile, mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { run } from "../cli/shared/exec";
import { checkout } from "./checkout";
import { instance, workFolder, type Instance, type InstanceName } from "./instances";
import { progress, type Progress } from "../cli/shared/progress";
import type { DevCluster } from "./devCluster";
import { namedCluster } from "../cli/shared/kubeconfig";
import { K3d } from "./k3d";
import { EmbeddedNode } from "./node/embedded";

export interface ClusterOptions {
  readonly instance: InstanceName;
  /** Answer every question with yes. @default false */
  readonly yes?: boolean;
  readonly progress?: Progress;
}

/**
 * The cluster of an instance, started if it is not up: the one that `PORTCULLIS_KUBECONFIG` names, else k3d if a
 * Docker engine answers, else the embedded node. A plain `KUBECONFIG` is never used: it may be production.
 *
 * @throws {Failure} that names every missing prerequisite.
 */
export async function ensureCluster(options: ClusterOptions): Promise<DevCluster> {
  const { yes = false, progress: display = progress() } = options;
  const cluster = await start(instance(options.instance), display, yes);
  await publishKubeconfig(cluster);
  return cluster;
}

/** Deletes an instance's cluster with everything on it. A cluster that was given stays as it is. */
export async function removeCluster(options: ClusterOptions): Promise<void> {
  const { progress: display = progress() } = options;
  if (process.env["PORTCULLIS_KUBECONFIG"] !== undefined) {
    display.note("PORTCULLIS_KUBECONFIG names this cluster: it is yours and stays up");
    return;
  }
  await display.phase(`take the ${options.instance} cluster down`, async () => {
    if (await dockerAnswers()) await new K3d(instance(options.instance), display).stop();
    await new EmbeddedNode(instance(options.instance), display).stop();
  });
}

async function start(wanted: Instance, display: Progress, yes: boolean): Promise<DevCluster> {
  const given = process.env["PORTCULLIS_KUBECONFIG"];
  if (given !== undefined) return existingCluster(given, wanted, yes);
  if (await dockerAnswers()) return new K3d(wanted, display).start();
  return new EmbeddedNode(wanted, display).start({ yes });
}

async function existingCluster(kubeconfig: string, wanted: Instance, yes: boolean): Promise<DevCluster> {
  await namedCluster({ kubeconfig }, { yes });
  return {
    kubeconfig: resolve(kubeconfig),
    kubectl: ["kubectl"],
    kind: "existing",
    instance: wanted,
    isNew: false,
    stateFolder: workFolder(wanted.name),
  };
}

/** A Docker client without an engine is common, and may hang: only an answer counts. */
async function dockerAnswers(): Promise<boolean> {
  return run("docker", ["info"], { timeoutMs: 5_000 }).then(
    () => true,
    () => false,
  );
}

async function publishKubeconfig({ kubeconfig, instance: { name } }: DevCluster): Promise<void> {
  const targets = [join(workFolder(name), "kubeconfig")];
  if (name === "demo") targets.push(join(checkout, ".portcullis/kubeconfig"));
  await mkdir(workFolder(name), { recursive: true });
  for (const target of targets) await copyFile(kubeconfig, target);
}
