import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1";
import type { CustomResourceOptions, Input } from "@pulumi/pulumi";
import { podLabels, type Labels, type Role } from "./labels";

/** Lets a drain of nodes take one pod of a role at a time. */
export function createDisruptionBudget(
  name: string,
  args: { readonly namespace: Input<string>; readonly role: Role; readonly labels: Labels },
  opts: CustomResourceOptions,
): PodDisruptionBudget {
  return new PodDisruptionBudget(
    name,
    {
      metadata: { namespace: args.namespace, labels: args.labels },
      spec: { maxUnavailable: 1, selector: { matchLabels: podLabels(args.role) } },
    },
    opts,
  );
}
