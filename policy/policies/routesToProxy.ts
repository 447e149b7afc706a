import { podLabels as podsOfRole, type Role } from "../../components/shared/labels";
import { frontPorts } from "../../documents/nginx/kratosFront";
import { nginxPorts } from "../../documents/rules/ports";
import { found, type Problem } from "../../documents/shared/problem";
import { namespaceOf, specOf, type KubernetesObject } from "../lib/objects";
import { stackPolicy, type Made } from "../lib/policy";
import { ofEachBackend, type Target } from "../lib/routes";
import { gatewayNamespaces } from "../lib/rules";
import { includes } from "../lib/selectors";
import { podPorts, selectorOf, serviceNamed, type ServiceSpec } from "../lib/services";
import { matchesAny } from "../lib/text";

interface Options {
  readonly proxies: readonly string[];
  readonly publicHosts: readonly string[];
}

export const routesToProxy = stackPolicy<Options>({
  name: "routes-to-proxy",
  description: "Every route from outside leads to the proxy, or its host is listed as public.",
  level: "mandatory",
  severity: "critical",
  why: "A route that leads directly to a service bypasses the login.",
  remediationSteps: "Lead the route to the proxy's Service, or list its host in the option publicHosts.",
  url: "https://kubernetes.io/docs/concepts/services-networking/ingress/",
  options: {
    proxies: {
      type: "array",
      items: { type: "string" },
      description:
        "namespace/name of the proxy's Services where another stack makes them, `*` standing for anything.",
      default: ["portcullis/portcullis-proxy", "portcullis/portcullis-proxy-grpc"],
    },
    publicHosts: {
      type: "array",
      items: { type: "string" },
      description: "Hosts that need no login, `*` standing for anything.",
      default: [],
    },
  },
  *check(object, made, { proxies, publicHosts }): Generator<Problem> {
    yield* ofEachBackend(object, function* ({ path, hosts, target }) {
      if (hosts.length > 0 && hosts.every((host) => matchesAny(host, publicHosts))) return;
      if (target && isEntrance(target, made, proxies)) return;
      yield {
        path,
        value: found(target ? `${target.namespace}/${target.name}` : "no Service"),
        reason: `bypasses the login for ${hosts.length > 0 ? hosts.join(", ") : "every host"}`,
        fix: "Lead it to the proxy, or list the host in the option publicHosts.",
      };
    });
  },
});

/**
 * Ports of the gateway's pods for browsers: the proxy's, and those that a browser needs before it has a session. The other
 * ports of these pods are APIs without authentication.
 */
const entrances: readonly (readonly [Role, ports?: readonly number[]])[] = [
  ["proxy", [nginxPorts.proxy, nginxPorts.accessDenied]],
  ["login-ui"],
  ["identity-server", [frontPorts.front]],
];

function isEntrance(target: Target, made: Made, proxies: readonly string[]): boolean {
  const service = serviceNamed(made, target.namespace, target.name);
  const isNamed = matchesAny(`${target.namespace}/${target.name}`, proxies);
  if (!service) return isNamed;
  const selector = selectorOf(service);
  if (!selector) return false;
  if (isNamed && !isOfGateway(selector)) return true;
  const reached = portsOf(target, service, made);
  const isOpen = entrances.some(
    ([role, ports]) =>
      includes(selector, podsOfRole(role)) &&
      (!ports || (reached.length > 0 && reached.every((port) => ports.includes(port)))),
  );
  return isOpen && (isNamed || isMadeByPart(service) || isInGateway(service, made));
}

/** Whether a part of a gateway creates it. The stack may contain only this part. */
function isMadeByPart({ urn }: KubernetesObject): boolean {
  return /portcullis:index:(?:AccessProxy|IdentityServer|LoginUi)\$/.test(urn);
}

/** Anybody may copy the labels of a gateway's pods, but in other namespaces they select other pods. */
function isInGateway(service: KubernetesObject, made: Made): boolean {
  const { values, unknown } = gatewayNamespaces(made);
  if (values.includes(namespaceOf(service))) return true;
  if (unknown) throw unknown;
  return false;
}

function isOfGateway(selector: Readonly<Record<string, string | undefined>>): boolean {
  return entrances.some(([role]) => includes(selector, podsOfRole(role)));
}

/** The pods' ports to which a route leads. If the Service has only one port, the route need not name it. */
function portsOf({ port }: Target, service: KubernetesObject, made: Made): readonly number[] {
  const { ports = [] } = specOf<ServiceSpec>(service);
  const named = ports.find(
    (one) => port === undefined || [one.port, one.name, one.targetPort].includes(port),
  );
  return named ? podPorts(service, named, made) : [];
}
