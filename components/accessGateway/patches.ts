import type { IdentityPart } from "../identityServer";
import type { PostgresPart } from "../postgres";
import { bothPatches, type Patch } from "../shared/patch";

/** Parts of a gateway, each of which is a workload of its own. */
export type GatewayPart =
  | "identityServer"
  | IdentityPart
  | "loginUi"
  | PostgresPart
  | "proxy"
  | "ruleOperator"
  | "serviceAccountKeys";

/** Changes to the workloads of a gateway that no argument covers: a merge patch each. */
export interface GatewayPatches extends Readonly<Partial<Record<GatewayPart, Patch>>> {
  /**
   * Merge patch of the pod's `spec` of all of them, for example `{ tolerations: [...] }`. A part's own patch is applied
   * after it. The pods of `postgresCluster` are the operator's: for them, its own patch has `affinity.tolerations`,
   * `affinity.nodeSelector` and `resources`.
   * @default nothing
   */
  readonly everyPod?: Patch;
}

/** Where the pods' `spec` is in the `spec` of a part, if the pods are the gateway's. */
const podsIn: Readonly<Record<GatewayPart, ((pods: Patch) => Patch) | undefined>> = {
  identityServer: ofWorkload,
  courier: ofWorkload,
  migration: ofWorkload,
  identityNames: ofWorkload,
  cleanup: ofJobs,
  leavers: ofJobs,
  loginUi: ofWorkload,
  postgres: ofWorkload,
  postgresBackup: ofJobs,
  postgresRestore: ofJobs,
  postgresCluster: undefined,
  proxy: ofWorkload,
  ruleOperator: ofWorkload,
  serviceAccountKeys: ofWorkload,
};

/** All parts. */
export const gatewayParts = Object.keys(podsIn) as readonly GatewayPart[];

function ofWorkload(pods: Patch): Patch {
  return { template: { spec: pods } };
}

function ofJobs(pods: Patch): Patch {
  return { jobTemplate: { spec: ofWorkload(pods) } };
}

/** Each part's own patch, merged with the patch of every pod. */
export function partPatches({
  everyPod,
  ...own
}: GatewayPatches): Readonly<Partial<Record<GatewayPart, Patch>>> {
  if (everyPod === undefined) return own;
  const all = Object.entries(podsIn).flatMap(([part, place]) =>
    place ? [[part, place(everyPod)] as const] : [],
  );
  return bothPatches(Object.fromEntries(all), own) as Partial<Record<GatewayPart, Patch>>;
}
