import { ComponentResource, output, type ComponentResourceOptions, type Input } from "@pulumi/pulumi";
import { endpointAdmission } from "../documents/admission/endpoints";
import type { AdmissionPolicySpec } from "../documents/admission/policy";
import { serviceAdmission } from "../documents/admission/services";
import { createAdmissionPolicy } from "./shared/admissionPolicy";
import { labelsOf } from "./shared/labels";

/** Arguments of the policies. */
export interface UpstreamAdmissionArgs {
  /** The gateway's namespace, which is not checked. */
  readonly namespace: Input<string>;
}

/**
 * Which Services, Endpoints and EndpointSlices the API server admits in namespaces that own hosts: a Service there
 * leads to pods of its own namespace, so that the proxy connects to nothing else on a Rule's behalf.
 *
 * @example
 * new UpstreamAdmission("upstream-admission", { namespace: "portcullis" });
 * @see https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
 */
export class UpstreamAdmission extends ComponentResource {
  /** Type token of the component, which is part of every URN. */
  static readonly token = "portcullis:index:UpstreamAdmission";

  constructor(
    private readonly name: string,
    private readonly args: UpstreamAdmissionArgs,
    opts?: ComponentResourceOptions,
  ) {
    super(UpstreamAdmission.token, name, args, opts);
    this.createPolicy("services", serviceAdmission);
    this.createPolicy("endpoints", endpointAdmission);
    this.registerOutputs({});
  }

  private createPolicy(
    kinds: string,
    policy: (input: { readonly namespace: string }) => AdmissionPolicySpec,
  ): void {
    const spec = output(this.args.namespace).apply((namespace) => policy({ namespace }));
    const labels = labelsOf(this.name, "proxy");
    createAdmissionPolicy(`${this.name}-${kinds}`, { labels, spec }, { parent: this });
  }
}
