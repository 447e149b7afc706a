import { Ingress } from "@pulumi/kubernetes/networking/v1";
import type { CustomResourceOptions, Input } from "@pulumi/pulumi";
import { covers, wildcardStart, type Domain } from "../../documents/oathkeeper/hosts";
import type { NonEmpty } from "../../documents/shared/nonEmpty";
import type { Partly } from "../../documents/shared/partly";
import {
  annotationsProblems,
  namespaceProblems,
  objectNameProblems,
} from "../../documents/shared/kubernetesNames";
import { found, ofKnown, within, type Path, type Problem } from "../../documents/shared/problem";
import { notAwaited } from "./awaiting";
import {
  createHttpRoute,
  type BackendRef,
  type ParentRef,
  type PathTo,
  type ReferenceGrantVersion,
} from "./httpRoute";
import type { Annotations, Labels } from "./labels";
import type { Known } from "./known";
import type { NetworkPolicyPeer } from "./networkPolicies";
import { ingressPodsExample, trustedPeerProblems } from "./peerProblems";
import { patched, type Patch } from "./patch";

/** What Ingresses and HTTPRoutes have in common. */
export interface CommonRouteArgs {
  /**
   * The ingress controller's pods, by namespace and labels: nothing else may connect to the proxy, which trusts the
   * forwarded headers that they send.
   */
  readonly from: readonly NetworkPolicyPeer[];
  /**
   * Annotations of every Ingress or HTTPRoute.
   * @default none
   */
  readonly annotations?: Annotations;
  /**
   * Annotations of the Services that these routes lead to, which tell a load balancer how to connect to the pods behind
   * them, for example GKE's `cloud.google.com/backend-config`. Each Service answers a health check at
   * `/.portcullis/health`.
   * @default none
   */
  readonly serviceAnnotations?: Annotations;
  /**
   * Whether one route for all hosts of the domain leads to the proxy, so that a service needs none of its own. Teams
   * without rights in the gateway's namespace can then protect their services; a host without a service answers 404.
   * With most controllers, an Ingress's wildcard covers hosts one label below the domain; an HTTPRoute's covers hosts
   * with any number of labels.
   * @default false
   */
  readonly wildcard?: boolean;
}

/** Requests reach the gateway by Ingress objects. */
export interface IngressRouteArgs extends CommonRouteArgs {
  /** One Ingress per host. */
  readonly kind: "ingress";
  /**
   * Name of the IngressClass.
   * @default the cluster's default class
   */
  readonly className?: string;
}

/**
 * HTTPRoutes on a Gateway that already exists; its listener must allow the routes' namespaces.
 * @see https://gateway-api.sigs.k8s.io/
 */
export interface GatewayApiRouteArgs extends CommonRouteArgs {
  /** One HTTPRoute per host. */
  readonly kind: "gatewayApi";
  /** The Gateway, or its listener, that the routes belong to. */
  readonly parentRef: ParentRef;
  /**
   * Namespaces of teams whose services may have an HTTPRoute or GRPCRoute of their own to the proxy, by a ReferenceGrant.
   * @default none
   */
  readonly namespaces?: readonly string[];
  /**
   * Version of the Gateway API's ReferenceGrant. Definitions of 1.5 and later serve `v1`, earlier ones only `v1beta1`.
   * Another version updates the grant in place.
   * @default "v1beta1"
   */
  readonly referenceGrants?: ReferenceGrantVersion;
}

/** How requests get from outside to the gateway. */
export type RouteArgs = IngressRouteArgs | GatewayApiRouteArgs;

/** What a service has to know about the gateway's route. A missing `kind` means an Ingress. */
export type RouteRef =
  | (Partial<Pick<IngressRouteArgs, "kind">> & Omit<IngressRouteArgs, "kind" | "from" | "serviceAnnotations">)
  | Omit<GatewayApiRouteArgs, "from" | "serviceAnnotations" | "referenceGrants">;

/**
 * The hosts that a gateway's own route does not lead to the proxy. The wildcard of an Ingress stands for one label,
 * that of an HTTPRoute for any number, and neither for the domain itself.
 * @see https://kubernetes.io/docs/concepts/services-networking/ingress/#hostname-wildcards
 */
export function hostsWithoutRoute(
  route: Pick<Partly<RouteRef>, "kind" | "wildcard">,
  { name }: Domain,
  hosts: readonly string[],
): readonly string[] {
  if (!route.wildcard) return hosts;
  const everyHost = wildcardStart + name;
  return hosts.filter((host) =>
    route.kind === "gatewayApi" ? !host.endsWith(`.${name}`) : !covers(everyHost, host),
  );
}

/**
 * Where the certificate comes from: cert-manager, a Secret in the gateway's namespace, or nowhere. "external" is https
 * that ends before the gateway's own routes, at a Gateway's listener or at a load balancer that must then send
 * `X-Forwarded-Proto: https`; "off" is plain http.
 * @see https://cert-manager.io/docs/usage/ingress/
 */
export type TlsArgs =
  | {
      /** cert-manager's issuer of the certificate. */
      readonly issuer: {
        /** An `Issuer` is in the namespace of what it signs for. */
        readonly kind: "Issuer" | "ClusterIssuer";
        /** Its name. */
        readonly name: Input<string>;
      };
    }
  | {
      /** Secret of the type `kubernetes.io/tls`, in the namespace of the route. */
      readonly secretName: Input<string>;
    }
  | "external"
  | "off";

/** What is wrong with a gateway's route, by itself and with where its certificate comes from. */
export function routeProblems(
  path: Path,
  route: Known<RouteArgs>,
  tls: Known<TlsArgs> | undefined,
): readonly Problem[] {
  const nobody: Problem = {
    path: path("route.from"),
    value: found(route.from),
    reason: "names nobody, so no request could reach the gateway",
    fix: `Name the ingress controller's pods, for example ${ingressPodsExample}.`,
  };
  const certificate: Problem = {
    path: path("tls"),
    value: found(tls),
    reason: "names a certificate, but an HTTPRoute uses its Gateway's",
    fix: 'Write "external", and give the certificate to the Gateway\'s listener.',
  };
  return [
    ...(route.from?.length === 0 ? [nobody] : []),
    ...ofKnown(route.from, (from) => trustedPeerProblems(path("route.from"), from)),
    ...ofKnown(route.annotations, (all) => annotationsProblems(path("route.annotations"), all)),
    ...ofKnown(route.serviceAnnotations, (all) => annotationsProblems(path("route.serviceAnnotations"), all)),
    ...(route.kind === "gatewayApi" && typeof tls === "object" ? [certificate] : []),
    ...(route.kind === "gatewayApi" ? gatewayApiProblems(within(path, "route"), route) : []),
    ...ofKnown(route.kind === "ingress" ? route.className : undefined, (name) =>
      objectNameProblems(path("route.className"), name, "an IngressClass"),
    ),
  ];
}

function gatewayApiProblems(
  path: Path,
  { namespaces = [], parentRef }: Known<GatewayApiRouteArgs>,
): readonly Problem[] {
  return [
    ...namespaces.flatMap((name, index) => namespaceProblems(path(`namespaces[${index}]`), name)),
    ...ofKnown(parentRef?.namespace, (name) => namespaceProblems(path("parentRef.namespace"), name)),
    ...ofKnown(parentRef?.name, (name) => objectNameProblems(path("parentRef.name"), name, "a Gateway")),
    ...ofKnown(parentRef?.sectionName, (name) =>
      objectNameProblems(path("parentRef.sectionName"), name, "a listener"),
    ),
  ];
}

export interface RouteToArgs {
  readonly namespace: Input<string>;
  readonly labels: Labels;
  readonly hosts: NonEmpty<string>;
  readonly service: BackendRef;
  /**
   * Paths that lead to it, each with everything below.
   * @default every path
   */
  readonly paths?: NonEmpty<string>;
  /**
   * Paths that lead elsewhere, with everything below.
   * @default none
   */
  readonly besides?: readonly PathTo[];
  readonly route: RouteRef;
  readonly tls: TlsArgs;
  readonly patch?: Patch | undefined;
}

/** Sends some hosts, or paths of them, to one Service, except for `besides`, by an Ingress or an HTTPRoute. */
export function createRoute(name: string, args: RouteToArgs, opts: CustomResourceOptions): void {
  const { route, ...rest } = args;
  if (route.kind === "gatewayApi")
    createHttpRoute(name, { ...rest, annotations: route.annotations, parentRef: route.parentRef }, opts);
  else createIngress(name, { ...rest, route }, opts);
}

interface IngressArgs extends RouteToArgs {
  readonly route: Exclude<RouteRef, { readonly kind: "gatewayApi" }>;
}

function createIngress(name: string, args: IngressArgs, opts: CustomResourceOptions): void {
  const { namespace, labels, hosts, service, besides = [], route, tls, patch } = args;
  const own = (args.paths ?? ["/"]).map((path) => ({ path, service }));
  const paths = [...besides, ...own].map(({ path, service: { name, port } }) => ({
    path,
    pathType: "Prefix",
    backend: { service: { name, port: { number: port } } },
  }));
  new Ingress(
    name,
    patched(
      {
        metadata: {
          namespace,
          labels,
          annotations: { ...notAwaited, ...route.annotations, ...issuerAnnotation(tls) },
        },
        spec: {
          ...(route.className !== undefined && { ingressClassName: route.className }),
          ...(typeof tls === "object" && {
            tls: [{ hosts: [...hosts], secretName: "secretName" in tls ? tls.secretName : `${name}-tls` }],
          }),
          rules: hosts.map((host) => ({ host, http: { paths } })),
        },
      },
      patch,
    ),
    opts,
  );
}

function issuerAnnotation(tls: TlsArgs): Annotations {
  if (typeof tls !== "object" || !("issuer" in tls)) return {};
  const annotation = tls.issuer.kind === "Issuer" ? "issuer" : "cluster-issuer";
  return { [`cert-manager.io/${annotation}`]: tls.issuer.name };
}
