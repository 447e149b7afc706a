import type { CustomResource } from "@pulumi/kubernetes/apiextensions";
import type { core } from "@pulumi/kubernetes/types/output";
import {
  all,
  ComponentResource,
  log,
  output,
  type ComponentResourceOptions,
  type Input,
  type Output,
  type Resource,
} from "@pulumi/pulumi";
import { isGrpc, ruleUrl } from "../documents/oathkeeper/grpc";
import { domainProblems, isWildcard } from "../documents/oathkeeper/hosts";
import { nonEmpty, type NonEmpty } from "../documents/shared/nonEmpty";
import { accessRules, type AccessPolicy } from "../documents/oathkeeper/accessRules";
import { argument, describeProblem } from "../documents/shared/problem";
import type { AccessGateway } from "./accessGateway";
import type { GatewayRef } from "./gatewayRef";
import { gatewayOf, isOwnNamespace } from "./protectedService/gateway";
import { misspeltProblems } from "./protectedService/misspelt";
import {
  knownRef,
  neighbourProblems,
  protectedNameProblems,
  rulesOf,
  serviceProblems,
} from "./protectedService/problems";
import { withProviderOf } from "./protectedService/provider";
import { beyondWildcard } from "./protectedService/routeWarnings";
import { headlessProblems, isHeadless, noPort, noSelector, podsPort } from "./protectedService/ownService";
import { foreignUpstream } from "./protectedService/upstreamWarnings";
import {
  optionsOf,
  schemeOf,
  urlOf,
  type NamedUpstream,
  type ServiceUpstream,
  type UrlUpstream,
} from "./protectedService/upstream";
import { addressesOf, clusterHost, publicUrl, type Addresses } from "./shared/addresses";
import { ComponentProblem } from "./shared/errors";
import { checked, knownOf } from "./shared/known";
import { serviceLabels, type Annotations, type Labels } from "./shared/labels";
import { createNetworkPolicy, namespaceNamed, type NetworkPolicyPeer } from "./shared/networkPolicies";
import type { Patch } from "./shared/patch";
import { createRoute, hostsWithoutRoute } from "./shared/route";
import { createRule } from "./shared/rule";
import { serviceIndexOf } from "./shared/serviceIndexes";

/** A service behind the login, and who may use it. */
export interface ProtectedServiceArgs extends AccessPolicy {
  /** The gateway, or the reference to it that another stack exports. */
  readonly gateway: AccessGateway | GatewayRef;
  /**
   * Namespace of the Rule, and of the HTTPRoute, for a team without rights in the gateway's namespace. The gateway's
   * route must then be a wildcard, or let HTTPRoutes of this namespace lead to the proxy.
   * @default the gateway's namespace
   */
  readonly namespace?: Input<string>;
  /**
   * Hosts inside the gateway's domain, or the domain itself. `*.previews.apps.example.com` stands for all names one
   * label below; no other service can then have such a name, and the certificate must be for the wildcard.
   * @default the component's name as the first label, for example `prometheus.apps.example.com`
   */
  readonly hosts?: readonly string[];
  /** Where requests go once they are let through. */
  readonly upstream: ServiceUpstream | NamedUpstream | UrlUpstream;
  /**
   * Who may connect to the upstream's pods besides the proxy, for example a scraper or another service. `none` leaves
   * the pods open.
   * @default only the proxy
   */
  readonly isolation?:
    | {
        /** Peers of the NetworkPolicy besides the proxy. */
        readonly alsoAllow: readonly NetworkPolicyPeer[];
      }
    | "none";
  /**
   * Whether the upstream sees the host that the browser asked for, which links and checks of `Origin` in its pages need.
   * `false` is for an upstream that answers only to its own name.
   * @default true
   */
  readonly preserveHost?: boolean;
  /**
   * `none` creates no Ingress or HTTPRoute, because something else leads the hosts to the proxy: a chart's route, see
   * {@link routesToProxy}, or one of your own.
   * @default one of its own, unless the gateway's is a wildcard
   */
  readonly route?: "none";
  /**
   * Annotations of its Ingress or HTTPRoute, in addition to the gateway's: for features of the ingress controller, such
   * as a time limit.
   * @default none
   */
  readonly annotations?: Annotations;
  /**
   * Changes to the objects it creates that no argument covers: a merge patch each.
   * @default nothing
   */
  readonly patches?: Readonly<Partial<Record<"route" | "rule" | "networkPolicy", Patch>>>;
}

type ServiceArgs = Omit<ProtectedServiceArgs, "gateway">;

/** Where the upstream is, and which pods are behind it. */
interface Backend {
  readonly url: Output<string>;
  readonly pods?: {
    readonly namespace: Input<string>;
    readonly labels: Input<Labels>;
    readonly port: Input<number | string>;
  };
}

/**
 * A service behind the login: an Ingress or HTTPRoute that leads its hosts to the proxy, a Rule that lets people with a
 * session through, and a NetworkPolicy that keeps everybody else away from its pods.
 *
 * @example
 * new ProtectedService("prometheus", { gateway, upstream: { service: prometheus, port: 9090 } });
 * @throws ComponentProblem when a host is outside the domain, reserved or taken, or the upstream is not usable
 * @throws InputProblem when `gateway` is neither a gateway nor a reference to one
 * @see https://www.ory.com/docs/oathkeeper/api-access-rules
 */
export class ProtectedService extends ComponentResource {
  /** Type token of the component, which is part of every URN. */
  static readonly token = "portcullis:index:ProtectedService";

  /** URL of the service, for browsers: of its first host that is not a wildcard, or with the star if it has no other. */
  readonly url: string;

  private readonly args: ServiceArgs;

  constructor(
    private readonly name: string,
    args: ProtectedServiceArgs,
    opts?: ComponentResourceOptions,
  ) {
    const [gateway, operator] = gatewayOf(subjectOf(name), args.gateway);
    const domain = gateway.domain.split(":")[0] ?? "";
    const given = args.hosts ?? [`${name}.${domain}`];
    super(
      ProtectedService.token,
      name,
      { hosts: given, domain: gateway.domain },
      withProviderOf(args.gateway, opts),
    );
    this.args = this.checked(withoutOwnNamespace(args, gateway), gateway);

    const hosts = nonEmpty(given);
    const addresses = addressesOf(gateway.domain, gateway.tls);
    const backend = this.backend();
    this.warnOfUpstream(gateway, backend);
    const accepted = this.createRules(gateway, addresses, hosts, backend, operator);
    const [host, ...others] = this.hostsToRoute(gateway, addresses, hosts);
    if (host !== undefined) this.createRoute(gateway, [host, ...others], accepted);
    const { isolation } = this.args;
    if (isolation !== "none") this.createNetworkPolicy(gateway, backend, isolation?.alsoAllow ?? []);
    const shown = hosts.find((one) => !isWildcard(one)) ?? hosts[0];
    this.url = publicUrl(addresses.scheme, addresses.domain, shown) + (this.args.paths?.[0] ?? "");
    this.registerOutputs({ url: this.url });
  }

  private checked(args: ServiceArgs, gateway: GatewayRef): ServiceArgs {
    const ref = knownRef(gateway);
    const services = serviceIndexOf(gateway);
    const own = rulesOf(this.name, knownOf(args), ref);
    const withGateway = { ...args, gateway: { namespace: gateway.namespace } };
    const { gateway: _, ...result } = checked(this, this.subject, argument, withGateway, (path, all) => {
      const { gateway: known, ...service } = all;
      return [
        ...domainProblems(path("gateway.domain"), gateway.domain),
        ...protectedNameProblems("name", this.name),
        ...misspeltProblems(path, service),
        ...serviceProblems(path, this.name, service, { ...ref, namespace: known?.namespace }),
        ...neighbourProblems(path, own, services),
      ];
    });
    services.add(own);
    return result;
  }

  private backend(): Backend {
    const { upstream } = this.args;
    if ("url" in upstream) return { url: output(ruleUrl(upstream.url)) };
    const { scheme = "http" } = upstream;
    if ("service" in upstream) return this.serviceBackend(upstream, scheme);
    const { namespace, name, port, pods, targetPort } = upstream;
    return {
      url: output({ namespace, name, port, scheme }).apply(urlOf),
      pods: { namespace, labels: pods, port: targetPort },
    };
  }

  private serviceBackend({ service, port }: ServiceUpstream, scheme: string): Backend {
    const { isolation } = this.args;
    const { metadata, spec } = service;
    const known = spec.apply((spec: Partial<core.v1.ServiceSpec>) => {
      // A Service of the type ExternalName has neither.
      const { ports = [], selector = {} } = spec;
      const exposed = ports.find((one) => one.port === port || one.name === port);
      const isOpen = isolation !== "none" && Object.keys(selector).length === 0;
      const problems = [
        ...(exposed ? headlessProblems(exposed, spec) : [noPort(port, ports)]),
        ...(isOpen ? [noSelector] : []),
      ];
      if (!exposed || problems.length > 0) throw new ComponentProblem(this, this.subject, problems);
      const ofPods = podsPort(exposed);
      return { selector, ofPods, asked: isHeadless(spec) ? ofPods : exposed.port };
    });
    return {
      url: all([metadata.name, metadata.namespace, known]).apply(([name, namespace, { asked }]) =>
        ruleUrl(`${scheme}://${clusterHost(name, namespace)}:${asked}`),
      ),
      pods: { namespace: metadata.namespace, labels: known.selector, port: known.ofPods },
    };
  }

  /** Only a warning: it is no mistake in an exempted namespace, and only the cluster knows which ones are. */
  private warnOfUpstream(gateway: GatewayRef, { url }: Backend): void {
    const { namespace } = this.args;
    // A reference to another proxy has no `upstreams`, and such a proxy has no admission policy.
    if (namespace === undefined || gateway.upstreams === undefined) return;
    all([namespace, gateway.namespace, url]).apply(([own, ofGateway, to]) => {
      for (const warning of foreignUpstream(argument, { own, ofGateway }, to))
        void log.warn(describeProblem(warning), this);
    });
  }

  private createRules(
    gateway: GatewayRef,
    addresses: Addresses,
    hosts: NonEmpty<string>,
    backend: Backend,
    dependsOn: Resource[],
  ): CustomResource[] {
    const { namespace, patches, portal } = this.args;
    const { scheme, domain } = addresses;
    const { serviceAccountIssuer } = gateway;
    const upstreamOptions = optionsOf(this.args.upstream);
    return accessRules({
      ...this.args,
      ...{ scheme, domain, hosts, serviceAccountIssuer, upstreamOptions },
      ...(this.isGrpc && portal === undefined && { portal: "hidden" }),
    }).map(({ suffix, revision, withUpstream }) =>
      createRule(
        this.name + suffix,
        {
          name: this.name + suffix + revision,
          namespace: namespace ?? gateway.namespace,
          labels: serviceLabels(this.name),
          spec: backend.url.apply(withUpstream),
          patch: patches?.rule,
        },
        { parent: this, dependsOn },
      ),
    );
  }

  /** Another namespace has no route beside the gateway's wildcard, which with some controllers stands for several labels. */
  private hostsToRoute(
    { route }: GatewayRef,
    { domain }: Addresses,
    hosts: NonEmpty<string>,
  ): readonly string[] {
    if (this.args.route === "none") return [];
    // That wildcard leads to the proxy by HTTP/1.1.
    if (this.isGrpc) return hosts;
    if (route.wildcard && this.args.namespace !== undefined) {
      for (const warning of beyondWildcard(argument, route, domain, hosts))
        void log.warn(describeProblem(warning), this);
      return [];
    }
    return hostsWithoutRoute(route, domain, hosts);
  }

  private createRoute(gateway: GatewayRef, hosts: NonEmpty<string>, accepted: CustomResource[]): void {
    const { annotations, namespace, patches } = this.args;
    const { grpcService = gateway.proxy.service } = gateway.proxy;
    createRoute(
      this.name,
      {
        namespace: namespace ?? gateway.namespace,
        labels: serviceLabels(this.name),
        hosts,
        ...(this.args.paths && { paths: this.args.paths }),
        service: {
          name: this.isGrpc ? grpcService : gateway.proxy.service,
          port: gateway.proxy.port,
          ...(namespace !== undefined && { namespace: gateway.proxy.namespace }),
        },
        route: { ...gateway.route, annotations: { ...gateway.route.annotations, ...annotations } },
        tls: gateway.tls,
        patch: patches?.route,
      },
      { parent: this, dependsOn: accepted },
    );
  }

  private createNetworkPolicy(
    gateway: GatewayRef,
    { pods }: Backend,
    alsoAllow: readonly NetworkPolicyPeer[],
  ): void {
    if (!pods) return;
    const proxy: NetworkPolicyPeer = {
      namespaceSelector: namespaceNamed(gateway.proxy.namespace),
      podSelector: { matchLabels: gateway.proxy.pods },
    };
    createNetworkPolicy(
      this.name,
      {
        namespace: pods.namespace,
        pods: pods.labels,
        labels: serviceLabels(this.name),
        rules: [{ from: [proxy], ports: [pods.port] }, { from: alsoAllow }],
        patch: this.args.patches?.networkPolicy,
      },
      { parent: this },
    );
  }

  private get isGrpc(): boolean {
    return isGrpc(schemeOf(this.args.upstream));
  }

  private get subject(): string {
    return subjectOf(this.name);
  }
}

/** A service in the gateway's own namespace is like one that names none. */
function withoutOwnNamespace({ gateway, ...args }: ProtectedServiceArgs, ref: GatewayRef): ServiceArgs {
  const { namespace, ...others } = args;
  return isOwnNamespace(namespace, gateway, ref) ? others : args;
}

/** What reports call a service. */
function subjectOf(name: string): string {
  return `ProtectedService "${name}"`;
}
