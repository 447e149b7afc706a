import type { CustomResource } from "@pulumi/kubernetes/apiextensions";
import type { Service } from "@pulumi/kubernetes/core/v1";
import {
  all,
  ComponentResource,
  output,
  type ComponentResourceOptions,
  type Input,
  type Output,
} from "@pulumi/pulumi";
import { oathkeeperPorts } from "../documents/oathkeeper/config";
import { domainProblems, hostProblems, parseDomain, type NamedHost } from "../documents/oathkeeper/hosts";
import { gatewayMachinesProblems } from "../documents/oathkeeper/machines";
import { outsideProblems } from "../documents/oathkeeper/outside";
import type { NonEmpty } from "../documents/oathkeeper/patterns";
import { accessRules, visitorProblems, type Visitors } from "../documents/oathkeeper/rules";
import { upstreamProblems } from "../documents/oathkeeper/upstream";
import { found, type Problem } from "../documents/shared/problem";
import type { AccessGateway } from "./accessGateway";
import type { GatewayRef } from "./gatewayRef";
import { addressesOf, clusterHost, publicUrl, type Addresses } from "./shared/addresses";
import { ComponentProblem, refuse } from "./shared/errors";
import { podsOf, protectedServiceLabels, type Labels } from "./shared/labels";
import { allowOnly, type NetworkPolicyPeer } from "./shared/networkPolicies";
import { patched, type Patch } from "./shared/patch";
import { routeTo } from "./shared/route";
import { rule } from "./shared/rule";
import { servicesInTheWay } from "./shared/ruleBooks";

/** A Service of this program. */
export interface ServiceUpstream {
  /** A Service of the same program. */
  readonly service: Service;
  /** Number or name of one of its ports. */
  readonly port: number | string;
  /** @default "http" */
  readonly scheme?: "http" | "https";
}

/** A Service that something else made. */
export interface NamedUpstream {
  /** Namespace of the Service. */
  readonly namespace: string;
  /** Name of the Service. */
  readonly name: string;
  /** Port of the Service. */
  readonly port: number;
  /** Labels of the pods behind it, which a NetworkPolicy then fences. */
  readonly pods: Labels;
  /** Port of the pods. */
  readonly targetPort: number;
  /** @default "http" */
  readonly scheme?: "http" | "https";
}

/** Anything with a URL. No NetworkPolicy can fence it, which `isolation: "none"` has to say out loud. */
export interface UrlUpstream {
  /** Scheme, host and port, for example `http://192.0.2.7:9090`. */
  readonly url: string;
}

/** A service behind the login, and who may use it. */
export interface ProtectedServiceArgs extends Visitors {
  /** The gateway, or what another stack exports of it. */
  readonly gateway: AccessGateway | GatewayRef;
  /**
   * Namespace of the Rule, and of the HTTPRoute, for a team without rights in the gateway's. The gateway's route must
   * then be a wildcard, or let HTTPRoutes of this namespace lead to the proxy.
   * @default the gateway's namespace
   */
  readonly namespace?: Input<string>;
  /**
   * Hosts inside the gateway's domain.
   * @default the component's name as the first label, for example `prometheus.apps.example.com`
   */
  readonly hosts?: NonEmpty<string>;
  /** Where requests go once they are let in. */
  readonly upstream: ServiceUpstream | NamedUpstream | UrlUpstream;
  /**
   * Who may connect to the upstream's pods besides the proxy: a scraper, another service. `none` leaves them open.
   * @default only the proxy
   */
  readonly isolation?: { readonly alsoAllow: readonly NetworkPolicyPeer[] } | "none";
  /**
   * Whether the upstream sees the host that the browser asked for instead of its own.
   * @default false
   */
  readonly preserveHost?: boolean;
  /**
   * Annotations of its Ingress or HTTPRoute, on top of the gateway's: what only this ingress controller has, such as a
   * time limit.
   * @default none
   */
  readonly annotations?: Labels;
  /**
   * What to change in the objects it makes, where no argument does: a merge patch each.
   * @default nothing
   */
  readonly patches?: Readonly<Partial<Record<"route" | "rule" | "networkPolicy", Patch>>>;
}

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
 * A service behind the login: an Ingress or HTTPRoute that leads its hosts to the proxy, a Rule that lets people with a session
 * through, and a NetworkPolicy that keeps everybody else from its pods.
 *
 * @example
 * new ProtectedService("prometheus", { gateway, upstream: { service: prometheus, port: 9090 } });
 * @throws ComponentProblem when a host is outside the domain, reserved or taken, or the upstream is not usable
 * @see https://www.ory.com/docs/oathkeeper/api-access-rules
 */
export class ProtectedService extends ComponentResource {
  /** Type token of the component, which is part of every URN. */
  static readonly token = "portcullis:index:ProtectedService";

  /** Where browsers find it. */
  readonly url: string;

  constructor(
    private readonly name: string,
    private readonly args: ProtectedServiceArgs,
    opts?: ComponentResourceOptions,
  ) {
    const gateway = "ref" in args.gateway ? args.gateway.ref : args.gateway;
    const domain = gateway.domain.split(":")[0] ?? "";
    const hosts = args.hosts ?? ([`${name}.${domain}`] as const);
    super(ProtectedService.token, name, { hosts, domain: gateway.domain }, opts);
    refuse(this, this.subject, this.problems(gateway, hosts));

    const addresses = addressesOf(gateway.domain, gateway.tls);
    const backend = this.backend();
    const accepted = this.rules(gateway, addresses, hosts, backend);
    if (!gateway.route.wildcard) this.route(gateway, hosts, accepted);
    if (args.isolation !== "none") this.networkPolicy(gateway, backend, args.isolation?.alsoAllow ?? []);
    this.url = publicUrl(addresses.scheme, addresses.domain, hosts[0]);
    this.registerOutputs({ url: this.url });
  }

  private problems(gateway: GatewayRef, hosts: NonEmpty<string>): Problem[] {
    const { upstream, isolation, namespace } = this.args;
    const ofDomain = domainProblems("gateway.domain", gateway.domain);
    const named = hosts.map((host, index) => ({ path: `hosts[${index}]`, host }));
    const ofHosts = ofDomain.length > 0 ? [] : hostProblems(parseDomain(gateway.domain), named);
    const usable = named.filter(
      ({ path }) => ofDomain.length === 0 && !ofHosts.some((problem) => problem.path === path),
    );
    return [
      ...ofDomain,
      ...ofHosts,
      ...this.overlapProblems(gateway, usable),
      ...(namespace === undefined ? [] : namespaceProblems(gateway, namespace)),
      ...withoutObjectProblems(gateway, this.args),
      ...("url" in upstream ? upstreamProblems("upstream.url", upstream.url) : []),
      ...("url" in upstream && isolation !== "none" ? [unfenced] : []),
      ...("pods" in upstream ? namedUpstreamProblems(upstream) : []),
      ...(gateway.clusterOnly ? outsideProblems((property) => property, this.args) : []),
      ...visitorProblems((property) => property, this.args),
      ...gatewayMachinesProblems("machines", this.args.machines, gateway.serviceAccountIssuer),
    ];
  }

  /** What patches make of the rules counts: they may narrow a service to some paths of a host. */
  private overlapProblems(gateway: GatewayRef, usable: readonly NamedHost[]): Problem[] {
    const [first, ...others] = usable.map(({ host }) => host);
    if (first === undefined) return [];
    const { scheme, domain } = addressesOf(gateway.domain, gateway.tls);
    const rules = accessRules({ ...this.args, scheme, domain, hosts: [first, ...others] }).map(
      ({ match }) => patched({ spec: { match } }, this.args.patches?.rule).spec.match,
    );
    return servicesInTheWay(gateway, this.name, rules).map((other) => ({
      path: "hosts",
      value: found([first, ...others]),
      reason: `lead to requests that the service "${other}" takes too`,
      fix: "Give every service a host of its own: where two rules match, the proxy answers 500.",
    }));
  }

  private backend(): Backend {
    const { upstream } = this.args;
    if ("url" in upstream) return { url: output(upstream.url) };
    const { scheme = "http" } = upstream;
    if ("service" in upstream) return this.serviceBackend(upstream, scheme);
    const { namespace, pods, targetPort } = upstream;
    return { url: output(urlOf(upstream)), pods: { namespace, labels: pods, port: targetPort } };
  }

  private serviceBackend({ service, port }: ServiceUpstream, scheme: string): Backend {
    const { metadata, spec } = service;
    const exposed = spec.ports.apply((ports) => {
      const match = ports.find((one) => one.port === port || one.name === port);
      if (!match) throw new ComponentProblem(this, this.subject, [noPort(port, ports)]);
      return match;
    });
    return {
      url: all([metadata.name, metadata.namespace, exposed]).apply(
        ([name, namespace, one]) => `${scheme}://${clusterHost(name, namespace)}:${one.port}`,
      ),
      pods: {
        namespace: metadata.namespace,
        labels: spec.selector,
        port: exposed.apply((one) => one.targetPort),
      },
    };
  }

  private rules(
    gateway: GatewayRef,
    addresses: Addresses,
    hosts: NonEmpty<string>,
    backend: Backend,
  ): CustomResource[] {
    const { gateway: given, namespace, patches } = this.args;
    const { scheme, domain } = addresses;
    const { serviceAccountIssuer } = gateway;
    return accessRules({ ...this.args, scheme, domain, hosts, serviceAccountIssuer }).map(
      ({ suffix, revision, leadingTo }) =>
        rule(
          this.name + suffix,
          {
            name: this.name + suffix + revision,
            namespace: namespace ?? gateway.namespace,
            labels: this.labels(),
            spec: backend.url.apply(leadingTo),
            patch: patches?.rule,
          },
          { parent: this, ...("ref" in given && { dependsOn: [given.ruleOperator] }) },
        ),
    );
  }

  private route(gateway: GatewayRef, hosts: NonEmpty<string>, accepted: CustomResource[]): void {
    const { annotations, namespace, patches } = this.args;
    routeTo(
      this.name,
      {
        namespace: namespace ?? gateway.namespace,
        labels: this.labels(),
        hosts,
        service: {
          name: gateway.proxyService,
          port: oathkeeperPorts.proxy,
          ...(namespace !== undefined && { namespace: gateway.namespace }),
        },
        route: { ...gateway.route, annotations: { ...gateway.route.annotations, ...annotations } },
        tls: gateway.tls,
        patch: patches?.route,
      },
      { parent: this, dependsOn: accepted },
    );
  }

  private networkPolicy(
    gateway: GatewayRef,
    { pods }: Backend,
    alsoAllow: readonly NetworkPolicyPeer[],
  ): void {
    if (!pods) return;
    const proxy: NetworkPolicyPeer = {
      namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": gateway.namespace } },
      podSelector: { matchLabels: podsOf("proxy") },
    };
    allowOnly(
      this.name,
      {
        namespace: pods.namespace,
        pods: pods.labels,
        labels: this.labels(),
        rules: [{ from: [proxy], ports: [pods.port] }, { from: alsoAllow }],
        patch: this.args.patches?.networkPolicy,
      },
      { parent: this },
    );
  }

  private get subject(): string {
    return `ProtectedService "${this.name}"`;
  }

  private labels(): Labels {
    return {
      ...protectedServiceLabels,
      "app.kubernetes.io/instance": this.name,
      "app.kubernetes.io/managed-by": "pulumi",
    };
  }
}

function urlOf({ scheme = "http", name, namespace, port }: NamedUpstream): string {
  return `${scheme}://${clusterHost(name, namespace)}:${port}`;
}

function noPort(port: number | string, ports: readonly { readonly port: number }[]): Problem {
  return {
    path: "upstream.port",
    value: found(port),
    reason: "is not a port of the upstream's Service",
    fix: `Write one that it has: ${ports.map((one) => one.port).join(", ")}.`,
  };
}

function namedUpstreamProblems(upstream: NamedUpstream): Problem[] {
  const everyPod: Problem = {
    path: "upstream.pods",
    value: found(upstream.pods),
    reason: "selects every pod of the namespace, which a NetworkPolicy would then cut off",
    fix: "Write the labels of the pods behind the Service.",
  };
  return [
    ...upstreamProblems("upstream", urlOf(upstream)),
    ...(Object.keys(upstream.pods).length === 0 ? [everyPod] : []),
  ];
}

function namespaceProblems({ route }: GatewayRef, namespace: Input<string>): Problem[] {
  if (route.wildcard) return [];
  const path = "namespace";
  const value = typeof namespace === "string" ? found(namespace) : "a namespace of its own";
  if (route.kind !== "gatewayApi")
    return [
      {
        path,
        value,
        reason:
          "cannot hold the route: an Ingress leads only to Services of its own namespace, and the proxy is elsewhere",
        fix: "Set route.wildcard on the gateway, so that the service needs no route of its own, or leave namespace out.",
      },
    ];
  if (typeof namespace !== "string" || route.namespaces?.includes(namespace)) return [];
  return [
    {
      path,
      value,
      reason: "may not hold the route: the gateway grants this namespace no HTTPRoute to the proxy",
      fix: "Add it to route.namespaces of the gateway, or leave namespace out.",
    },
  ];
}

/** What would change an object that the service does not have. */
function withoutObjectProblems({ route }: GatewayRef, args: ProtectedServiceArgs): Problem[] {
  const { annotations, isolation, patches } = args;
  const noRoute = "has no route to change: the gateway's wildcard route leads to this service too";
  const problem = (path: string, reason: string): Problem => ({
    path,
    value: "a change",
    reason,
    fix: "Leave it out.",
  });
  return [
    ...(annotations && route.wildcard ? [problem("annotations", noRoute)] : []),
    ...(patches?.route && route.wildcard ? [problem("patches.route", noRoute)] : []),
    ...(patches?.networkPolicy && isolation === "none"
      ? [problem("patches.networkPolicy", 'has no NetworkPolicy to change with isolation: "none"')]
      : []),
  ];
}

/** Does not quote the URL, which may hold credentials. */
const unfenced: Problem = {
  path: "isolation",
  value: found(undefined),
  reason: 'is not "none", but no NetworkPolicy can fence a URL: whoever reaches it gets around the login',
  fix: 'Name the upstream by Service and pods, or accept it with isolation: "none".',
};
