import type { Domain } from "../oathkeeper/hosts";
import { list, text } from "./cel";
import { hostsAnnotation, isAmong, normalizedHosts, ownedHosts, reservedHosts, unprotectedIn } from "./hosts";
import { keptHosts, type RouteAdmissionInput } from "./ingresses";
import { admissionPolicy, changes, spec, type AdmissionPolicySpec, type Validation } from "./policy";

/**
 * Which routes of the Gateway API the API server accepts. A route for hosts that its namespace owns may lead to the proxy,
 * and nowhere else. A Gateway or a ListenerSet routes nothing without such a route, and is not checked.
 * @see https://gateway-api.sigs.k8s.io/reference/spec/
 */
export function gatewayRouteAdmission(input: RouteAdmissionInput): AdmissionPolicySpec {
  const { domain, namespace, unprotectedHosts } = input;
  return admissionPolicy({
    namespace,
    resources: { "gateway.networking.k8s.io": ["httproutes", "grpcroutes", "tlsroutes", "tcproutes"] },
    conditions: { changed: changes("spec"), "attached-to-a-gateway": `!(${isOfMesh})` },
    variables: {
      spec: "dyn(object.spec)",
      rules: `${spec}.?rules.orValue([])`,
      unprotected: unprotectedIn(unprotectedHosts),
      owned: ownedHosts,
      hosts: normalizedHosts(`${spec}.?hostnames.orValue([]).map(host, string(host))`),
      kept: keptHosts("variables.hosts", domain),
    },
    elsewhere: [namesHostnames(), ownsItsHosts(), notReserved(domain), leadsToProxy(input), plainFilters()],
  });
}

/** Routes of a service mesh have Services as parents; requests from outside do not use them. */
const isOfMesh =
  "!dyn(object.spec).?useDefaultGateways.hasValue() && size(dyn(object.spec).?parentRefs.orValue([])) > 0 &&" +
  " dyn(object.spec).parentRefs.all(parent, parent.?kind.orValue('Gateway') == 'Service' &&" +
  " parent.?group.orValue('gateway.networking.k8s.io') == '')";

/** A TCPRoute has no hostnames at all. */
function namesHostnames(): Validation {
  return {
    expression: "size(variables.hosts) > 0",
    message:
      "A route without hostnames gets requests for every host of its listeners, the gateway's too: name the hosts.",
  };
}

function ownsItsHosts(): Validation {
  const reason = `The namespace does not own this host: ask its administrator for the annotation ${hostsAnnotation}`;
  return {
    expression: `variables.kept.all(host, ${isAmong("variables.owned", "host")})`,
    message: `${reason}.`,
    messageExpression: `${text(`${reason}: `)} + variables.kept.join(', ')`,
  };
}

function notReserved(domain: Domain): Validation {
  const reserved = reservedHosts(domain);
  return {
    expression: `variables.kept.all(host, !(host in ${list(reserved)}))`,
    message: `${reserved.join(" and ")} are the gateway's own.`,
  };
}

function leadsToProxy({ domain, namespace, proxyServices }: RouteAdmissionInput): Validation {
  const isProxy =
    "to.?group.orValue('') == '' && to.?kind.orValue('Service') == 'Service' &&" +
    ` to.name in ${list(proxyServices)} && to.?namespace.orValue(request.namespace) == ${text(namespace)}`;
  return {
    expression: `size(variables.kept) == 0 || variables.rules.all(rule, rule.?backendRefs.orValue([]).all(to, ${isProxy}))`,
    message: `Hosts of ${domain.name} lead only to the Service ${proxyServices.join(" or ")} in ${namespace}, in every rule.`,
  };
}

/**
 * Some filters send or copy a request elsewhere, change the host that the proxy sees, or write headers that it trusts. The
 * filters here can do no more than an upstream itself, if their values are plain: NGINX Gateway Fabric replaces nginx'
 * variables in them, and Envoy Gateway Envoy's, by which a response would show the visitor's cookie to a page's script.
 * @see https://docs.nginx.com/nginx-gateway-fabric/
 * @see https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/headers#custom-request-response-headers
 */
function plainFilters(): Validation {
  const isVariable = (value: string) => `string(${value}).matches('[$%]')`;
  const headers = `['set', 'add'].all(way, filter.?responseHeaderModifier[?way].orValue([]).all(header, !${isVariable("header.value")}))`;
  const pathOf = (of: string) =>
    `!filter.?${of}.?hostname.hasValue()` +
    ` && ['replaceFullPath', 'replacePrefixMatch'].all(way, !${isVariable(`filter.?${of}.?path[?way].orValue('')`)})`;
  const isPlain =
    `filter.type == 'ResponseHeaderModifier' && ${headers} ||` +
    ` filter.type == 'RequestRedirect' && ${pathOf("requestRedirect")} ||` +
    ` filter.type == 'URLRewrite' && ${pathOf("urlRewrite")}`;
  const allPlain = (of: string) => `${of}.?filters.orValue([]).all(filter, ${isPlain})`;
  return {
    expression: `size(variables.kept) == 0 || variables.rules.all(rule, ${allPlain("rule")} && rule.?backendRefs.orValue([]).all(to, ${allPlain("to")}))`,
    message:
      "Filters may be ResponseHeaderModifier, RequestRedirect and URLRewrite, the last two without a hostname, and no value may have $ or %: others can send a visitor's session elsewhere.",
  };
}
