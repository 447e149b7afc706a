import type { Output } from "@pulumi/pulumi";
import { nginxPorts } from "../../documents/rules/ports";
import type { AccessGateway } from "../accessGateway";
import type { AccessProxy } from "../accessProxy";
import { grantedMeans } from "../accessProxy/upstreams";
import type { GatewayRef } from "../gatewayRef";
import type { IdentityServer } from "../identityServer";
import type { LoginUi } from "../loginUi";
import { reachesClusterOnly } from "../shared/egress";
import { podLabels } from "../shared/labels";
import type { RouteArgs, RouteRef } from "../shared/route";
import type { SettledGateway } from "./settled";

/** What services have to know about a gateway. */
export function refOf(
  settings: SettledGateway,
  namespace: Output<string>,
  { service, grpcService }: AccessProxy,
): GatewayRef {
  const { domain, egress, groups = {}, namespace: given, route, serviceAccountIssuer, tls } = settings;
  return {
    version: 2,
    domain,
    // As text if it was given so: the services' arguments are compared with it before the namespace exists.
    namespace: typeof given.name === "string" ? given.name : namespace,
    proxy: { namespace, service, port: nginxPorts.proxy, grpcService, pods: podLabels("proxy") },
    route: refRoute(route),
    tls,
    ...(serviceAccountIssuer !== undefined && { serviceAccountIssuer }),
    clusterOnly: reachesClusterOnly(egress),
    upstreams: grantedMeans(settings.upstreams),
    groups: Object.keys(groups),
  };
}

/**
 * The parts of the route that another program needs. Who may connect to the proxy, the annotations of its Service and
 * the form of the grant concern only the gateway.
 */
function refRoute({ from, serviceAnnotations, ...route }: RouteArgs): RouteRef {
  if (route.kind !== "gatewayApi") return route;
  const { referenceGrants, ...told } = route;
  return told;
}

/** The Services that routes lead to. */
export function routedServices(
  proxy: AccessProxy,
  identityServer: IdentityServer,
  loginUi: LoginUi,
): AccessGateway["services"] {
  return {
    proxy: proxy.service,
    grpcProxy: proxy.grpcService,
    identityServer: identityServer.frontService,
    loginUi: loginUi.service,
  };
}
