import { normalizedHosts, unprotectedIn } from "./hosts";
import { keptHosts, leavesHosts, namesHosts, type RouteAdmissionInput } from "./ingresses";
import { noSnippets } from "./ownLanguage";
import { admissionPolicy, changes, spec, type AdmissionPolicySpec } from "./policy";

/** A kind of route, or of what changes routes, that belongs to one ingress controller. */
interface ControllerRoute {
  readonly group: string;
  readonly resources: readonly string[];
  /** CEL: the hosts that its `spec` names. An empty text stands for all hosts. None if requests from outside do not use it. */
  readonly hosts: string;
}

const controllerRoutes: readonly ControllerRoute[] = [
  {
    // https://projectcontour.io/docs/main/config/virtual-hosts/; one without a host is reached only by another's inclusion
    group: "projectcontour.io",
    resources: ["httpproxies"],
    hosts: `has(${spec}.virtualhost) ? [string(${spec}.virtualhost.?fqdn.orValue(''))] : []`,
  },
  {
    // https://istio.io/latest/docs/reference/config/networking/virtual-service/
    group: "networking.istio.io",
    resources: ["virtualservices"],
    hosts: `${spec}.?gateways.orValue([]).all(name, name == 'mesh') ? [] : ${spec}.?hosts.orValue([]).map(host, string(host))`,
  },
  {
    // https://docs.nginx.com/nginx-ingress-controller/configuration/virtualserver-and-virtualserverroute-resources/
    group: "k8s.nginx.org",
    resources: ["virtualservers", "virtualserverroutes", "transportservers"],
    // A TransportServer without a host listens on a port of its own.
    hosts: `has(${spec}.host) || request.resource.resource != 'transportservers' ? [string(${spec}.?host.orValue(''))] : []`,
  },
  {
    // https://docs.nginx.com/nginx-gateway-fabric/traffic-management/snippets/
    group: "gateway.nginx.org",
    resources: ["snippetsfilters", "snippetspolicies"],
    hosts: "[]",
  },
  {
    // https://developer.konghq.com/kubernetes-ingress-controller/custom-resources/; a rule without a host has a port of its own
    group: "configuration.konghq.com",
    resources: ["tcpingresses"],
    hosts: `${spec}.?rules.orValue([]).filter(rule, has(rule.host)).map(rule, string(rule.host))`,
  },
  {
    // https://docs.redhat.com/en/documentation/openshift_container_platform/; without a host it gets one of the router's
    group: "route.openshift.io",
    resources: ["routes"],
    hosts: `${spec}.?host.orValue('') == '' ? [] : ${spec}.?wildcardPolicy.orValue('None') == 'None' ? [string(${spec}.host)] : ['*.' + string(${spec}.host).split('.', 2)[1]]`,
  },
];

/** Which routes of other ingress controllers the API server accepts: none for a host of the domain, and none with snippets. */
export function controllerRouteAdmission({
  domain,
  namespace,
  unprotectedHosts,
}: RouteAdmissionInput): AdmissionPolicySpec {
  const named = controllerRoutes.map(
    ({ group, hosts }) => `request.resource.group == '${group}' ? (${hosts})`,
  );
  return admissionPolicy({
    namespace,
    resources: Object.fromEntries(controllerRoutes.map(({ group, resources }) => [group, resources])),
    conditions: { changed: changes("spec") },
    variables: {
      spec: "dyn(object.spec)",
      unprotected: unprotectedIn(unprotectedHosts),
      hosts: normalizedHosts(`(${named.join(" : ")} : [''])`),
      kept: keptHosts("variables.hosts", domain),
    },
    elsewhere: [namesHosts(), leavesHosts(domain), noSnippets()],
  });
}
