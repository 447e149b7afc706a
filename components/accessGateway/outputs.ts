import type { Input } from "@pulumi/pulumi";
import { nginxPorts } from "../../documents/rules/ports";
import type { AccessProxy } from "../accessProxy";
import type { ProxyRef } from "../gatewayRef";
import { podLabels } from "../shared/labels";
import type { RouteArgs, RouteRef } from "../shared/route";

/**
 * The parts of the route that another program needs. Who may connect to the proxy, the annotations of its Service and
 * the form of the grant concern only the gateway.
 */
export function refRoute({ from, serviceAnnotations, ...route }: RouteArgs): RouteRef {
  if (route.kind !== "gatewayApi") return route;
  const { referenceGrants, ...told } = route;
  return told;
}

/** What services have to know about the proxy. */
export function proxyRef(namespace: Input<string>, { service, grpcService }: AccessProxy): ProxyRef {
  return { namespace, service, port: nginxPorts.proxy, grpcService, pods: podLabels("proxy") };
}
