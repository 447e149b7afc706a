import type { IdentityPart } from "../identityServer";
import type { PostgresPart } from "../postgres";
import { isPatch, type Patch, type PatchValue } from "../shared/patch";

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
   * Of the pod's `spec` of all of them, for example `{ tolerations: [...] }`. What a part's own patch says comes on top.
   * @default nothing
   */
  readonly everyPod?: Patch;
}

/** Whether a part is a CronJob, whose pods are those of its Jobs. */
const isCronJob: Readonly<Record<GatewayPart, boolean>> = {
  identityServer: false,
  courier: false,
  migration: false,
  identityNames: false,
  cleanup: true,
  leavers: true,
  loginUi: false,
  postgres: false,
  postgresBackup: true,
  postgresRestore: true,
  proxy: false,
  ruleOperator: false,
  serviceAccountKeys: false,
};

/** All parts. */
export const gatewayParts = Object.keys(isCronJob) as readonly GatewayPart[];

/** Each part's own patch, with what is said of every pod in it. */
export function partPatches({
  everyPod,
  ...own
}: GatewayPatches): Readonly<Partial<Record<GatewayPart, Patch>>> {
  if (everyPod === undefined) return own;
  const pods: Patch = { template: { spec: everyPod } };
  const all = Object.entries(isCronJob).map(([part, isJob]) => [
    part,
    isJob ? { jobTemplate: { spec: pods } } : pods,
  ]);
  return bothPatches(Object.fromEntries(all) as Patch, own) as Partial<Record<GatewayPart, Patch>>;
}

/** The patch that does what one does and then the other. */
function bothPatches(first: PatchValue | undefined, second: PatchValue): PatchValue {
  if (!isPatch(second) || !isPatch(first)) return second;
  const changed = Object.entries(second).map(
    ([field, value]) => [field, bothPatches(first[field], value)] as const,
  );
  return { ...first, ...Object.fromEntries(changed) };
}
