import {
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from "@pulumi/kubernetes/admissionregistration/v1";
import { ComponentResource, output, type ComponentResourceOptions, type Input } from "@pulumi/pulumi";
import { ruleAdmission } from "../ory/oathkeeper/admission";
import type { Addresses } from "./shared/addresses";
import { labelsOf } from "./shared/labels";

export interface RuleAdmissionArgs {
  readonly namespace: Input<string>;
  readonly addresses: Addresses;
}

/**
 * Which Rules the API server lets in, also from `kubectl`: anchored to hosts of the domain that the Rule's namespace
 * owns, with handlers that the proxy has, leading to a Service of its own namespace.
 *
 * @example
 * new RuleAdmission("rules-admission", { namespace: "portcullis", addresses });
 * @see https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
 */
export class RuleAdmission extends ComponentResource {
  static readonly token = "portcullis:index:RuleAdmission";

  constructor(
    private readonly name: string,
    private readonly args: RuleAdmissionArgs,
    opts?: ComponentResourceOptions,
  ) {
    super(RuleAdmission.token, name, args, opts);
    this.binding(this.policy());
    this.registerOutputs({});
  }

  private policy(): ValidatingAdmissionPolicy {
    const { scheme, domain } = this.args.addresses;
    return new ValidatingAdmissionPolicy(
      this.name,
      {
        metadata: { labels: labelsOf(this.name, "rules") },
        spec: output(this.args.namespace).apply((namespace) => ruleAdmission({ scheme, domain, namespace })),
      },
      { parent: this },
    );
  }

  private binding({ metadata }: ValidatingAdmissionPolicy): void {
    new ValidatingAdmissionPolicyBinding(
      this.name,
      {
        metadata: { labels: labelsOf(this.name, "rules") },
        spec: { policyName: metadata.name, validationActions: ["Deny"] },
      },
      { parent: this },
    );
  }
}
