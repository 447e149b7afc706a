import { run } from "./exec";

/** How to reach a Kubernetes cluster. */
export interface Cluster {
  /** Path of the kubeconfig. */
  readonly kubeconfig: string;
  /** The command that starts kubectl; add `--kubeconfig`. */
  readonly kubectl: readonly [string, ...string[]];
}

/** Runs kubectl against a cluster and returns what it printed. */
export function kubectl(cluster: Cluster, args: readonly string[], input?: string): Promise<string> {
  const [command, ...first] = cluster.kubectl;
  return run(
    command,
    [...first, "--kubeconfig", cluster.kubeconfig, ...args],
    input === undefined ? {} : { input },
  );
}
