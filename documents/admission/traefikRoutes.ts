import { text } from "./cel";
import { normalizedHosts, unprotectedIn } from "./hosts";
import { keptHosts, leavesHosts, type RouteAdmissionInput } from "./ingresses";
import { admissionPolicy, changes, spec, type AdmissionPolicySpec, type Validation } from "./policy";
import { hostCall, hostLiteral, restrictedToHosts } from "./traefikRules";

/**
 * Which IngressRoutes the API server accepts: those whose every route is provably for hosts outside of the domain.
 * Middlewares and TraefikServices get requests only from a route that names them, and are not checked.
 * @see https://doc.traefik.io/traefik/reference/routing-configuration/kubernetes/crd/http/ingressroute/
 */
export function traefikRouteAdmission({
  domain,
  namespace,
  unprotectedHosts,
}: RouteAdmissionInput): AdmissionPolicySpec {
  const kinds = ["ingressroutes", "ingressroutetcps"];
  return admissionPolicy({
    namespace,
    resources: { "traefik.io": kinds, "traefik.containo.us": kinds },
    conditions: { changed: changes("spec") },
    variables: {
      spec: "dyn(object.spec)",
      matches: `${spec}.?routes.orValue([]).map(route, string(route.?match.orValue('')))`,
      unprotected: unprotectedIn(unprotectedHosts),
      hosts: normalizedHosts(
        `variables.matches.map(match, match.findAll(${text(hostCall)}).join(' ')).join(' ')` +
          `.findAll(${text(hostLiteral)}).map(quoted, quoted.substring(1, size(quoted) - 1))`,
      ),
      kept: keptHosts("variables.hosts", domain),
    },
    elsewhere: [restricted(), leavesHosts(domain)],
  });
}

function restricted(): Validation {
  return {
    expression: `variables.matches.all(match, match.matches(${text(restrictedToHosts)}))`,
    message:
      "Every alternative of match must have a Host(`…`) or HostSNI(`…`) with plain names: with any other rule a route may get requests for the gateway's hosts.",
  };
}
