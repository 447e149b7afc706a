import { run } from "../cli/shared/exec";

/** A cluster that kubectl reaches. */
export interface KubectlTarget {
  /** Path of the kubeconfig. */
  readonly kubeconfig: string;
  /** The command that starts kubectl; add `--kubeconfig`. */
  readonly kubectl: readonly [string, ...string[]];
}

/** Runs kubectl against a cluster and returns what it printed. */
export function kubectl(cluster: KubectlTarget, args: readonly string[], input?: string): Promise<string> {
  const [command, ...first] = cluster.kubectl;
  return run(
    command,
    [...first, "--kubeconfig", cluster.kubeconfig, ...args],
    input === undefined ? {} : { input },
  );
}
