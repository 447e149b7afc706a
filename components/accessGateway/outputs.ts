import type { Input } from "@pulumi/pulumi";
import { withMembers, type Members, type ToldAdmission } from "../../documents/kratos/admit";
import { accountsIssuer } from "../../documents/kratos/loginProvider";
import { nginxPorts } from "../../documents/nginx/ports";
import type { AccessProxy } from "../accessProxy";
import type { ProxyRef } from "../gatewayRef";
import type { LoginProvider } from "../oidcClient";
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

/** Who enters through each provider, and who names its accounts. */
export function admissionsOf(
  providers: readonly LoginProvider[],
  members: Members,
): Readonly<Record<string, ToldAdmission>> {
  return Object.fromEntries(
    providers.map(({ spec }) => {
      const { id, admit, identities, hostedDomain } = spec;
      const issuer = accountsIssuer(spec);
      const told: ToldAdmission = {
        admit: withMembers(admit, members),
        ...(identities && { identities }),
        ...(hostedDomain !== undefined && { hostedDomain }),
        ...(issuer !== undefined && { issuer }),
      };
      return [id, told] as const;
    }),
  );
}

/** What services have to know of the proxy. */
export function proxyRef(namespace: Input<string>, { service, grpcService }: AccessProxy): ProxyRef {
  return { namespace, service, port: nginxPorts.proxy, grpcService, pods: podLabels("proxy") };
}
