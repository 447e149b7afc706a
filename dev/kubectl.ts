import { run } from "../cli/shared/exec";

/** A cluster that kubectl reaches. */
export interface KubectlTarget {
  /** Path of the kubeconfig. */
  readonly kubeconfig: string;
  /** The command that starts kubectl; add `--kubeconfig`. */
  readonly kubectl: readonly [string, ...string[]];
}

/** Applies objects, and returns kubectl's output; a field with another owner is an error. */
export function applyObjects(cluster: KubectlTarget, ...items: readonly object[]): Promise<string> {
  const list = JSON.stringify({ apiVersion: "v1", kind: "List", items });
  return kubectl(cluster, ["apply", "--server-side", "--filename", "-"], list);
}

/** Runs kubectl against a cluster and returns its output. */
export function kubectl(cluster: KubectlTarget, args: readonly string[], input?: string): Promise<string> {
  const [command, ...first] = cluster.kubectl;
  return run(
    command,
    [...first, "--kubeconfig", cluster.kubeconfig, ...args],
    input === undefined ? {} : { input },
  );
}
