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

/** What to change in the workloads of a gateway, where no argument does: a merge patch each. */
export interface GatewayPatches extends Readonly<Partial<Record<GatewayPart, Patch>>> {
  /**
   * Of the pod's `spec` of all of them, for example `{ tolerations: [...] }`. What a part's own patch says comes on top. The pods
   * of `postgresCluster` are the operator's: its own patch has `affinity.tolerations`, `affinity.nodeSelector` and `resources`.
   * @default nothing
   */
  readonly everyPod?: Patch;
}

/** Where in the `spec` of a part its pods' is, if they are the gateway's. */
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

/** Each part's own patch, with what is said of every pod in it. */
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
