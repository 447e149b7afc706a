import type { ComponentResource, Input } from "@pulumi/pulumi";
import { wildcardStart } from "../../documents/oathkeeper/hosts";
import { nginxPorts } from "../../documents/rules/ports";
import type { AccessProxy } from "../accessProxy";
import type { Addresses } from "../shared/addresses";
import { createReferenceGrant } from "../shared/httpRoute";
import { labelsOf, type Annotations } from "../shared/labels";
import { createRoute, type RouteArgs, type TlsArgs } from "../shared/route";

interface GatewayRoutesArgs {
  readonly namespace: Input<string>;
  readonly addresses: Addresses;
  readonly proxy: AccessProxy;
  readonly route: RouteArgs;
  readonly tls: TlsArgs;
}

/** How services of other namespaces reach the proxy: a route for all hosts, and permission for routes of their own. */
export function createRoutes(gateway: string, args: GatewayRoutesArgs, parent: ComponentResource): void {
  if (args.route.wildcard) createWildcardRoute(gateway, args, parent);
  createGrant(gateway, args, parent);
}

/** Its priority is below every other. */
function createWildcardRoute(
  gateway: string,
  { namespace, addresses, proxy, route, tls }: GatewayRoutesArgs,
  parent: ComponentResource,
): void {
  createRoute(
    `${gateway}-wildcard`,
    {
      namespace,
      labels: labelsOf(gateway, "proxy"),
      hosts: [wildcardStart + addresses.domain.name],
      service: { name: proxy.service, port: nginxPorts.proxy },
      route: { ...route, annotations: { ...route.annotations, ...lowestPriority } },
      tls,
    },
    { parent },
  );
}

/**
 * Most controllers match a host before a wildcard. Traefik prefers the longest rule, and a wildcard's is longer than a
 * host's; the AWS controller takes the first match of a group's Ingresses, by this number and then by their names.
 * @see https://doc.traefik.io/traefik/reference/routing-configuration/kubernetes/ingress/
 * @see https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/#group.order
 */
const lowestPriority: Annotations = {
  "traefik.ingress.kubernetes.io/router.priority": "1",
  "alb.ingress.kubernetes.io/group.order": "1000",
};

function createGrant(
  gateway: string,
  { namespace, proxy, route }: GatewayRoutesArgs,
  parent: ComponentResource,
): void {
  if (route.kind !== "gatewayApi") return;
  const { namespaces = [], referenceGrants: version = "v1beta1" } = route;
  if (namespaces.length === 0) return;
  createReferenceGrant(
    `${gateway}-routes`,
    {
      ...{ version, namespace, namespaces },
      labels: labelsOf(gateway, "proxy"),
      services: [proxy.service, proxy.grpcService],
    },
    { parent },
  );
}
