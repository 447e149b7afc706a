import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1";
import type { CustomResourceOptions, Input } from "@pulumi/pulumi";
import type { AutoscalingArgs } from "./autoscaling";
import { podLabels, type Labels, type Role } from "./labels";
import { mayBeSeveral } from "./pods";

interface DisruptionBudgetArgs {
  readonly namespace: Input<string>;
  readonly role: Role;
  readonly labels: Labels;
  readonly replicas: number;
  readonly autoscaling?: AutoscalingArgs;
}

/** Lets a node drain evict one pod of a role at a time, if there may be several. */
export function createDisruptionBudget(
  name: string,
  args: DisruptionBudgetArgs,
  opts: CustomResourceOptions,
): void {
  if (!mayBeSeveral(args.replicas, args.autoscaling)) return;
  new PodDisruptionBudget(
    name,
    {
      metadata: { namespace: args.namespace, labels: args.labels },
      spec: { maxUnavailable: 1, selector: { matchLabels: podLabels(args.role) } },
    },
    opts,
  );
}
