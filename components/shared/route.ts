import { Ingress } from "@pulumi/kubernetes/networking/v1";
import type { CustomResourceOptions, Input } from "@pulumi/pulumi";
import type { NonEmpty } from "../../ory/oathkeeper/patterns";
import { found, type Problem } from "../../ory/problem";
import type { Labels } from "./labels";
import type { NetworkPolicyPeer } from "./networkPolicies";

/** How requests get from outside to the gateway. */
export interface RouteArgs {
  readonly kind: "ingress";
  /**
   * Name of the IngressClass.
   * @default the cluster's default class
   */
  readonly className?: string;
  /** The ingress controller's pods: nothing else may connect to the proxy, whose forwarded headers it trusts. */
  readonly from: NonEmpty<NetworkPolicyPeer>;
  /**
   * Annotations of every Ingress. Where no controller writes an address into the status, `pulumi.com/skipAwait: "true"`
   * saves ten minutes of waiting for it.
   * @default none
   */
  readonly annotations?: Labels;
  /**
   * Whether one Ingress for all hosts of the domain leads to the proxy, so that a service needs none of its own. Teams
   * without rights in the gateway's namespace can then protect theirs; a host of no service answers 404.
   * @default false
   */
  readonly wildcard?: boolean;
}

/**
 * Where the certificate comes from: cert-manager, a Secret in the gateway's namespace, or nowhere: "off" is plain http.
 * @see https://cert-manager.io/docs/usage/ingress/
 */
export type TlsArgs =
  | { readonly issuer: { readonly kind: "Issuer" | "ClusterIssuer"; readonly name: string } }
  | { readonly secretName: string }
  | "off";

/** Checks what the types cannot: plain code may pass an empty list. */
export function routeProblems(path: string, route: RouteArgs): Problem[] {
  if ((route.from as readonly NetworkPolicyPeer[]).length > 0) return [];
  return [
    {
      path: `${path}.from`,
      value: found(route.from),
      reason: "names nobody, so that no request could reach the gateway",
      fix: 'Name the ingress controller\'s pods, for example { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "traefik" } } }.',
    },
  ];
}

export interface IngressArgs {
  readonly namespace: Input<string>;
  readonly labels: Labels;
  readonly hosts: NonEmpty<string>;
  readonly service: Backend;
  /**
   * Paths that lead elsewhere, with everything below.
   * @default none
   */
  readonly besides?: readonly { readonly path: string; readonly service: Backend }[];
  readonly route: Pick<RouteArgs, "className" | "annotations">;
  readonly tls: TlsArgs;
}

/** A Service in the Ingress' own namespace. */
interface Backend {
  readonly name: Input<string>;
  readonly port: number;
}

/** An Ingress that sends every path of some hosts to one Service, unless told otherwise. */
export function ingress(name: string, args: IngressArgs, opts: CustomResourceOptions): Ingress {
  const { namespace, labels, hosts, service, besides = [], route, tls } = args;
  const paths = [...besides, { path: "/", service }].map(({ path, service: { name, port } }) => ({
    path,
    pathType: "Prefix",
    backend: { service: { name, port: { number: port } } },
  }));
  return new Ingress(
    name,
    {
      metadata: { namespace, labels, annotations: { ...route.annotations, ...issuerAnnotation(tls) } },
      spec: {
        ...(route.className !== undefined && { ingressClassName: route.className }),
        ...(tls !== "off" && {
          tls: [{ hosts: [...hosts], secretName: "secretName" in tls ? tls.secretName : `${name}-tls` }],
        }),
        rules: hosts.map((host) => ({ host, http: { paths } })),
      },
    },
    opts,
  );
}

function issuerAnnotation(tls: TlsArgs): Record<string, string> {
  if (tls === "off" || !("issuer" in tls)) return {};
  const annotation = tls.issuer.kind === "Issuer" ? "issuer" : "cluster-issuer";
  return { [`cert-manager.io/${annotation}`]: tls.issuer.name };
}
