import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import type { CustomResourceOptions, Input } from "@pulumi/pulumi";
import {
  ruleApiVersion,
  ruleFinalizer,
  ruleKind,
  validatedStatus,
  type RuleSpec,
} from "../../documents/oathkeeper/ruleSpec";
import type { Labels } from "./labels";
import { patched, type Patch } from "./patch";

export interface RuleArgs {
  /** Also the start of the rule's id in the proxy. */
  readonly name: string;
  readonly namespace: Input<string>;
  readonly labels: Labels;
  readonly spec: Input<RuleSpec>;
  readonly patch?: Patch | undefined;
}

/**
 * A `Rule` that is complete before the operator finds it: with its finalizer and status already set, it is live fifty
 * times sooner in a burst. So an update waits for the operator only if a patch has made a different rule of it than the
 * builders would, or if the operator has refused it before.
 */
export function createRule(
  resourceName: string,
  args: RuleArgs,
  opts: CustomResourceOptions,
): CustomResource {
  const { name, namespace, labels, spec, patch } = args;
  return new CustomResource(
    resourceName,
    patched(
      {
        apiVersion: ruleApiVersion,
        kind: ruleKind,
        metadata: {
          name,
          namespace,
          labels,
          finalizers: [ruleFinalizer],
          annotations: {
            "pulumi.com/waitFor": "jsonpath={.status.validation.valid}=true",
            "pulumi.com/timeoutSeconds": "60", // instead of ten minutes: the operator answers within one second
          },
        },
        spec,
        ...(patch?.["spec"] === undefined && { status: validatedStatus }),
      },
      patch,
    ),
    { ...opts, deleteBeforeReplace: true },
  );
}
