import type { Input } from "@pulumi/pulumi";
import { nginxPorts } from "../../documents/rules/ports";
import type { AccessProxy } from "../accessProxy";
import type { ProxyRef } from "../gatewayRef";
import { podLabels } from "../shared/labels";
import type { RouteArgs, RouteRef } from "../shared/route";

/**
 * What another program needs of the route: who may connect to the proxy, what its Service is annotated with, and how the
 * grant is written, is the gateway's matter.
 */
export function refRoute({ from, serviceAnnotations, ...route }: RouteArgs): RouteRef {
  if (route.kind !== "gatewayApi") return route;
  const { referenceGrants, ...told } = route;
  return told;
}

/** What services have to know of the proxy. */
export function proxyRef(namespace: Input<string>, { service, grpcService }: AccessProxy): ProxyRef {
  return { namespace, service, port: nginxPorts.proxy, grpcService, pods: podLabels("proxy") };
}
