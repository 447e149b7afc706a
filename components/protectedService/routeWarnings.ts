import { isWildcard, wildcardStart, type Domain } from "../../documents/oathkeeper/hosts";
import { found, type Path, type Problem } from "../../documents/shared/problem";
import { hostsWithoutRoute, type RouteRef } from "../shared/route";

/**
 * Hosts of a service without a route of its own that the gateway's wildcard may not lead to. They are no mistake with a
 * controller whose wildcard stands for several labels.
 */
export function beyondWildcard(
  path: Path,
  route: RouteRef,
  domain: Domain,
  hosts: readonly string[],
): readonly Problem[] {
  const { name } = domain;
  const everyHost = wildcardStart + name;
  const own =
    "Leave namespace out, so that the service has a route of its own; where something else leads the host to the proxy, write route: none.";
  return hostsWithoutRoute(route, domain, hosts).map((host) => {
    const isAbove = host === name;
    const joined = host.slice(0, -name.length - 1).replaceAll(".", "-");
    return {
      path: path("hosts"),
      value: found(host),
      reason: isAbove
        ? `is not below ${everyHost}, the gateway's only route for this service, so the ingress controller answers 404`
        : `has more labels than ${everyHost}, the gateway's only route for this service: a wildcard of an Ingress, and of a certificate, is one label, so most ingress controllers answer 404`,
      fix:
        isAbove || isWildcard(host)
          ? own
          : `Write ${found(`${joined}.${name}`)}, or give the gateway a route of kind gatewayApi; where the controller leads the host to the proxy anyway, write route: none.`,
    };
  });
}
