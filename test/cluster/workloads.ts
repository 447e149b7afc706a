import { selectorOf } from "../../cli/shared/pods";
import { podLabels, type Role } from "../../components/shared/labels";
import { kubectl } from "../../dev/kubectl";
import type { DevCluster } from "../../dev/devCluster";

/** A workload that keeps a number of pods, as `kind/name`. */
export interface Workload {
  readonly name: string;
  readonly namespace: string;
}

/** The Deployment of a part of the gateway. */
export async function deploymentOf(cluster: DevCluster, namespace: string, part: Role): Promise<Workload> {
  const list = ["get", "deployment", "-n", namespace, "-l", selectorOf(podLabels(part)), "-o", "name"];
  return { name: (await kubectl(cluster, list)).trim(), namespace };
}

/** The database of the dev stack, and its only pod. */
export const database = { name: "statefulset/portcullis-postgres", pod: "portcullis-postgres-0" } as const;

/** Does something while the dev stack's database has no pod. */
export async function withoutDatabase(
  cluster: DevCluster,
  namespace: string,
  work: () => Promise<unknown>,
): Promise<void> {
  const of = ["-n", namespace];
  const comeBack = await takeAway(cluster, { name: database.name, namespace });
  try {
    await kubectl(cluster, ["wait", "--for=delete", `pod/${database.pod}`, ...of, "--timeout=180s"]);
    await work();
  } finally {
    await comeBack();
  }
  await kubectl(cluster, ["rollout", "status", database.name, ...of, "--timeout=300s"]);
}

/** Removes all pods of some workloads, and returns a function that brings them back. */
export async function takeAway(
  cluster: DevCluster,
  ...workloads: readonly Workload[]
): Promise<() => Promise<void>> {
  const scale = async ({ name, namespace }: Workload, replicas: string) => {
    await kubectl(cluster, ["scale", name, "-n", namespace, `--replicas=${replicas}`]);
  };
  const taken: [Workload, string][] = [];
  for (const workload of workloads) {
    const { name, namespace } = workload;
    const replicas = ["get", name, "-n", namespace, "-o", "jsonpath={.spec.replicas}"];
    taken.push([workload, (await kubectl(cluster, replicas)).trim()]);
    await scale(workload, "0");
  }
  return async () => {
    for (const [workload, replicas] of taken) await scale(workload, replicas);
  };
}
