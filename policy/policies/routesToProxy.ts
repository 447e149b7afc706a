import type { core, networking } from "@pulumi/kubernetes/types/output";
import { includes, isService, type LabelMap } from "../lib/selectors";
import { podsOf as podsOfRole, type Role } from "../../components/shared/labels";
import { frontPorts } from "../../ory/nginx/kratosFront";
import { found, type Problem } from "../../ory/problem";
import { isA, namespaceOf, specOf, type KubernetesObject } from "../lib/objects";
import { stackPolicy } from "../lib/policy";
import { matchesAny } from "../lib/text";
import { ifKnown, ofEach } from "../lib/unknown";

interface Options {
  readonly proxies: readonly string[];
  readonly publicHosts: readonly string[];
}

/** @see https://kubernetes.io/docs/concepts/services-networking/ingress/ */
export const routesToProxy = stackPolicy<Options>({
  name: "routes-to-proxy",
  description: "Every Ingress and HTTPRoute leads to the proxy, or its host is listed as public.",
  level: "mandatory",
  why: "A route straight to a service goes around the login.",
  options: {
    proxies: {
      type: "array",
      items: { type: "string" },
      description:
        "namespace/name of the proxy's Service where another stack makes it, `*` standing for anything.",
      default: ["portcullis/portcullis-proxy"],
    },
    publicHosts: {
      type: "array",
      items: { type: "string" },
      description: "Hosts that need no login, `*` standing for anything.",
      default: [],
    },
  },
  *check(object, all, options): Generator<Problem> {
    yield* ofEach(backendsOf(object), function* (backend) {
      const hosts = backend.hosts();
      if (hosts.length > 0 && hosts.every((host) => matchesAny(host, options.publicHosts))) return;
      const target = backend.target();
      if (target && isEntrance(target, all, options.proxies)) return;
      yield {
        path: backend.path,
        value: found(target ? `${target.namespace}/${target.name}` : "no Service"),
        reason: `leads ${hosts.length > 0 ? hosts.join(", ") : "every host"} around the login`,
        fix: "Lead it to the proxy, or list the host in the option publicHosts.",
      };
    });
  },
});

interface Target {
  readonly namespace: string;
  readonly name: string;
  readonly port: number | string | undefined;
}

/** Read one by one: a preview may not know some of them yet. */
interface Backend {
  readonly path: string;
  readonly hosts: () => readonly string[];
  /** Undefined for anything but a Service. */
  readonly target: () => Target | undefined;
}

function backendsOf(object: KubernetesObject): Backend[] {
  if (isA(object, "networking.k8s.io", "Ingress")) return ingressBackends(object);
  if (isA(object, "gateway.networking.k8s.io", "HTTPRoute")) return httpRouteBackends(object);
  return [];
}

function ingressBackends(ingress: KubernetesObject): Backend[] {
  const { defaultBackend, rules = [] } = specOf<networking.v1.IngressSpec>(ingress);
  const backend = (path: string, host: string | undefined, read: () => typeof defaultBackend): Backend => ({
    path,
    hosts: () => (host === undefined ? [] : [host]),
    target: () => {
      const service = read()?.service;
      if (service?.name === undefined) return undefined;
      const { name, port } = service;
      return { namespace: namespaceOf(ingress), name, port: port?.number ?? port?.name };
    },
  });
  return [
    ...(defaultBackend ? [backend("spec.defaultBackend", undefined, () => defaultBackend)] : []),
    ...rules.flatMap(({ host, http }, at) =>
      (http?.paths ?? []).map((path, index) =>
        backend(`spec.rules[${at}].http.paths[${index}].backend`, host, () => path.backend),
      ),
    ),
  ];
}

/** @see https://gateway-api.sigs.k8s.io/reference/spec/#httproute */
interface HttpRouteSpec {
  readonly hostnames: readonly string[];
  readonly rules: readonly { readonly backendRefs: readonly BackendRef[] }[];
}

interface BackendRef {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  readonly port: number;
}

function httpRouteBackends(route: KubernetesObject): Backend[] {
  const { hostnames = [], rules = [] } = specOf<HttpRouteSpec>(route);
  return rules.flatMap(({ backendRefs = [] }, at) =>
    backendRefs.map((ref, index) => ({
      path: `spec.rules[${at}].backendRefs[${index}]`,
      hosts: () => hostnames,
      target: () => {
        const { group = "", kind = "Service", name, namespace = namespaceOf(route), port } = ref;
        const isOfService = group === "" && kind === "Service" && name !== undefined;
        return isOfService ? { namespace, name, port } : undefined;
      },
    })),
  );
}

/** The proxy, and what a browser needs before it has a session: the login UI and the front of the identity server. */
function isEntrance(target: Target, all: readonly KubernetesObject[], proxies: readonly string[]): boolean {
  if (matchesAny(`${target.namespace}/${target.name}`, proxies)) return true;
  const service = all.find((object) =>
    ifKnown(
      () =>
        isService(object) && object.metadata.name === target.name && namespaceOf(object) === target.namespace,
    ),
  );
  if (!service) return false;
  const { selector = {} } = specOf<core.v1.ServiceSpec>(service);
  return (
    isOfRole(selector, "proxy") ||
    isOfRole(selector, "login-ui") ||
    (isOfRole(selector, "identity-server") && target.port === frontPorts.front)
  );
}

function isOfRole(selector: LabelMap, role: Role): boolean {
  return includes(selector, podsOfRole(role));
}
