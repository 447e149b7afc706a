import { all, ComponentResource, type ComponentResourceOptions, type Input } from "@pulumi/pulumi";
import { ruleAdmission } from "../documents/admission/rules";
import type { GrantedMeans } from "../documents/rules/upstreamOptions";
import type { Addresses } from "./shared/addresses";
import { createAdmissionPolicy } from "./shared/admissionPolicy";
import { labelsOf } from "./shared/labels";

/** Arguments of the policies. */
export interface RuleAdmissionArgs {
  /** The gateway's namespace. */
  readonly namespace: Input<string>;
  /** Public addresses of the gateway, as {@link addressesOf} returns them. */
  readonly addresses: Addresses;
  /** Name of the rule operator's sentinel in that namespace, the one Rule that is not checked. */
  readonly sentinel: Input<string>;
  /**
   * Which of the gateway's certificate authorities, client certificates and credentials the Rules of a namespace may
   * name.
   * @default nothing
   */
  readonly granted?: GrantedMeans;
}

/**
 * Which Rules the API server admits, also from `kubectl`: those anchored to hosts of the domain that the Rule's
 * namespace owns, with handlers that the proxy has, and leading to a Service of the Rule's own namespace.
 *
 * @example
 * new RuleAdmission("rules-admission", { namespace: "portcullis", addresses, sentinel: operator.sentinel });
 * @see https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
 */
export class RuleAdmission extends ComponentResource {
  /** Type token of the component, which is part of every URN. */
  static readonly token = "portcullis:index:RuleAdmission";

  constructor(
    private readonly name: string,
    private readonly args: RuleAdmissionArgs,
    opts?: ComponentResourceOptions,
  ) {
    super(RuleAdmission.token, name, args, opts);
    this.createPolicy();
    this.registerOutputs({});
  }

  private createPolicy(): void {
    const { addresses, granted, namespace, sentinel } = this.args;
    const { scheme, domain } = addresses;
    const spec = all([namespace, sentinel]).apply(([namespace, sentinel]) =>
      ruleAdmission({ scheme, domain, namespace, sentinel, ...(granted && { granted }) }),
    );
    createAdmissionPolicy(this.name, { labels: labelsOf(this.name, "rules"), spec }, { parent: this });
  }
}
