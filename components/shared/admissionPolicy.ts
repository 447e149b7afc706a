import {
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from "@pulumi/kubernetes/admissionregistration/v1";
import type { CustomResourceOptions, Input } from "@pulumi/pulumi";
import type { AdmissionPolicySpec } from "../../documents/admission/policy";
import type { Labels } from "./labels";

export interface AdmissionPolicyArgs {
  readonly labels: Labels;
  readonly spec: Input<AdmissionPolicySpec>;
}

/** A policy of the API server. It refuses what it finds wrong as soon as it is bound. */
export function createAdmissionPolicy(
  name: string,
  { labels, spec }: AdmissionPolicyArgs,
  opts: CustomResourceOptions,
): void {
  const policy = new ValidatingAdmissionPolicy(name, { metadata: { labels }, spec }, opts);
  new ValidatingAdmissionPolicyBinding(
    name,
    { metadata: { labels }, spec: { policyName: policy.metadata.name, validationActions: ["Deny"] } },
    opts,
  );
}
