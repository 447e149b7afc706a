import {
  all,
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  type Output,
} from "@pulumi/pulumi";
import { refuse } from "./shared/errors";
import { argument } from "../documents/shared/problem";
import { controllerRouteAdmission } from "../documents/admission/controllerRoutes";
import { gatewayRouteAdmission } from "../documents/admission/gatewayRoutes";
import { unprotectedHostProblems, type UnprotectedHost } from "../documents/admission/hosts";
import { ingressAdmission, type RouteAdmissionInput } from "../documents/admission/ingresses";
import type { AdmissionPolicySpec } from "../documents/admission/policy";
import { traefikRouteAdmission } from "../documents/admission/traefikRoutes";
import type { Addresses } from "./shared/addresses";
import { createAdmissionPolicy } from "./shared/admissionPolicy";
import { labelsOf } from "./shared/labels";

/** Arguments of the policies. */
export interface RouteAdmissionArgs {
  /** The gateway's namespace, whose routes may lead anywhere. */
  readonly namespace: Input<string>;
  /** Public addresses of the gateway, as {@link addressesOf} returns them. */
  readonly addresses: Addresses;
  /** Name of the proxy's Service in that namespace. */
  readonly proxyService: Input<string>;
  /**
   * Name of the Service that routes of gRPC services lead to.
   * @default none
   */
  readonly grpcService?: Input<string>;
  /**
   * Hosts of the domain that routes of other namespaces may lead elsewhere than to the proxy. Whatever serves such a
   * host receives every visitor's session.
   * @default none
   */
  readonly unprotectedHosts?: readonly UnprotectedHost[];
}

/**
 * Which routes the API server admits, from any namespace: hosts of the domain lead only to the proxy. It checks
 * Ingress, the routes of the Gateway API, Traefik's own, and those of other controllers.
 *
 * @example
 * new RouteAdmission("route-admission", { namespace: "portcullis", addresses, proxyService: proxy.service });
 * @see https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
 */
export class RouteAdmission extends ComponentResource {
  /** Type token of the component, which is part of every URN. */
  static readonly token = "portcullis:index:RouteAdmission";

  constructor(
    private readonly name: string,
    private readonly args: RouteAdmissionArgs,
    opts?: ComponentResourceOptions,
  ) {
    super(RouteAdmission.token, name, args, opts);
    const { addresses, unprotectedHosts = [] } = args;
    const problems = unprotectedHostProblems(
      argument("unprotectedHosts"),
      addresses.domain,
      unprotectedHosts,
    );
    refuse(this, `RouteAdmission "${name}"`, problems);
    this.createPolicy("ingresses", ingressAdmission);
    this.createPolicy("gateway-routes", gatewayRouteAdmission);
    this.createPolicy("traefik-routes", traefikRouteAdmission);
    this.createPolicy("controller-routes", controllerRouteAdmission);
    this.registerOutputs({});
  }

  private createPolicy(kinds: string, policy: (input: RouteAdmissionInput) => AdmissionPolicySpec): void {
    const labels = labelsOf(this.name, "proxy");
    createAdmissionPolicy(
      `${this.name}-${kinds}`,
      { labels, spec: this.input().apply(policy) },
      { parent: this },
    );
  }

  private input(): Output<RouteAdmissionInput> {
    const { addresses, namespace, proxyService, grpcService, unprotectedHosts = [] } = this.args;
    const services = all(grpcService === undefined ? [proxyService] : [proxyService, grpcService]);
    return all([namespace, services]).apply(([namespace, proxyServices]) => ({
      domain: addresses.domain,
      namespace,
      proxyServices,
      unprotectedHosts,
    }));
  }
}
