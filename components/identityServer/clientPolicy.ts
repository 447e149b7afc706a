import type { NetworkPolicy } from "@pulumi/kubernetes/networking/v1";
import type { CustomResourceOptions } from "@pulumi/pulumi";
import type { IdentityServerArgs } from "../identityServer";
import { egressRules } from "../shared/egress";
import { labelsOf, podLabels, type Role } from "../shared/labels";
import { createNetworkPolicy, type EgressRule } from "../shared/networkPolicies";

/** For pods that only connect to others: nothing connects to them. */
export function createClientPolicy(
  name: string,
  role: Role,
  needs: readonly EgressRule[],
  { egress, namespace }: IdentityServerArgs,
  opts: CustomResourceOptions,
): NetworkPolicy {
  return createNetworkPolicy(
    name,
    {
      namespace,
      pods: podLabels(role),
      labels: labelsOf(name, role),
      rules: [],
      egress: egressRules(egress, needs),
    },
    opts,
  );
}
