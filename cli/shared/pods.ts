import { kubectl, type Cluster } from "./cluster";

interface Pod {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
  readonly status: { readonly phase: string };
}

/** The names of the pods with these labels that run and are not on their way out. */
export async function runningPods(
  cluster: Pick<Cluster, "kubeconfig" | "kubectl">,
  namespace: string,
  labels: Readonly<Record<string, string>>,
): Promise<string[]> {
  const selector = Object.entries(labels).map((label) => label.join("="));
  const list = await kubectl(cluster, [
    ...["get", "pods", "--namespace", namespace, "--selector", selector.join(",")],
    ...["--output", "json"],
  ]);
  const { items } = JSON.parse(list) as { readonly items: readonly Pod[] };
  return items
    .filter(({ metadata, status }) => status.phase === "Running" && metadata.deletionTimestamp === undefined)
    .map(({ metadata }) => metadata.name);
}
