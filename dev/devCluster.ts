import type { Instance } from "./instances";
import type { KubectlTarget } from "./kubectl";

/** A Kubernetes cluster that the demo or the tests use. */
export interface DevCluster extends KubectlTarget {
  readonly kind: "existing" | "k3d" | "embedded";
  readonly instance: Instance;
  /** Whether this run started it, and so must remove it when interrupted. */
  readonly isNew: boolean;
  /** Where data that belongs to this cluster, and must be deleted with it, is kept (the stacks' state). */
  readonly stateFolder: string;
}
