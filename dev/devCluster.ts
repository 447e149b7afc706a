import type { Instance } from "./instances";
import type { KubectlTarget } from "./kubectl";

/** A Kubernetes cluster that the demo or the tests use. */
export interface DevCluster extends KubectlTarget {
  readonly kind: "existing" | "k3d" | "embedded";
  readonly instance: Instance;
  /** Whether this run started it, and so has to remove it when it is interrupted. */
  readonly isNew: boolean;
  /** Where what belongs to this cluster, and must go with it, is kept (the stacks' state). */
  readonly stateFolder: string;
}
