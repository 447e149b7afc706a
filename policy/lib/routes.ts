import { hostAliases } from "../../documents/admission/ingressAnnotations";
import { isA, namespaceOf, type KubernetesObject } from "./objects";
import { traefikHosts } from "./traefikRule";
import { ofEach } from "./unknown";
import { isRecord } from "../../documents/shared/record";

/** A Service that something leads to. */
export interface Target {
  readonly namespace: string;
  readonly name: string;
  /** Number or name. */
  readonly port?: number | string | undefined;
}

/** A destination of requests from outside. */
export interface Backend {
  readonly path: string;
  /** Empty for every host. */
  readonly hosts: readonly string[];
  /** Undefined for anything but a Service. */
  readonly target: Target | undefined;
}

/** Where objects of a kind say which hosts lead where. A step that ends in `[]` stands for each item of a list. */
interface RouteKind {
  readonly group: string;
  readonly kinds: readonly string[];
  /** The part with its own hosts: the whole object, or each of its rules. */
  readonly scope: string;
  /** Where a scope names its hosts, or a function that reads them. */
  readonly hosts: readonly string[] | ((scope: unknown) => readonly string[]);
  /** Where a scope names its destinations, including those of request copies. */
  readonly backends: readonly string[];
  /** Whether the destinations are objects whose own destinations are not read. */
  readonly isIndirect?: true;
}

const ingressRule = { hosts: ["host"], backends: ["http.paths[].backend"] };
const gatewayApi = { group: "gateway.networking.k8s.io", scope: "spec", hosts: ["hostnames[]"] };
const traefik = {
  scope: "spec.routes[]",
  hosts: (route: unknown) => textsAt(route, ["match"]).flatMap(traefikHosts),
  backends: ["services[]"],
};
const apisix = { group: "apisix.apache.org", kinds: ["ApisixRoute"] };

/** Every kind of route that is checked. */
export const routeKinds: readonly RouteKind[] = [
  { group: "networking.k8s.io", kinds: ["Ingress"], scope: "spec.rules[]", ...ingressRule },
  {
    group: "networking.k8s.io",
    kinds: ["Ingress"],
    scope: "spec",
    hosts: [],
    backends: ["defaultBackend", "backend"],
  },
  {
    ...gatewayApi,
    kinds: ["HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute"],
    backends: [
      "rules[].backendRefs[]",
      "rules[].filters[].requestMirror.backendRef",
      "rules[].backendRefs[].filters[].requestMirror.backendRef",
    ],
  },
  { group: "traefik.io", kinds: ["IngressRoute", "IngressRouteTCP", "IngressRouteUDP"], ...traefik },
  {
    group: "traefik.containo.us",
    kinds: ["IngressRoute", "IngressRouteTCP", "IngressRouteUDP"],
    ...traefik,
  },
  {
    group: "networking.istio.io",
    kinds: ["VirtualService"],
    scope: "spec",
    hosts: ["hosts[]"],
    backends: [
      "http[].route[].destination",
      "http[].mirror",
      "http[].mirrors[].destination",
      "tls[].route[].destination",
      "tcp[].route[].destination",
    ],
  },
  {
    group: "projectcontour.io",
    kinds: ["HTTPProxy"],
    scope: "spec",
    hosts: ["virtualhost.fqdn"],
    backends: ["routes[].services[]", "tcpproxy.services[]"],
  },
  {
    group: "route.openshift.io",
    kinds: ["Route"],
    scope: "spec",
    hosts: ["host"],
    backends: ["to", "alternateBackends[]"],
  },
  {
    group: "configuration.konghq.com",
    kinds: ["TCPIngress", "UDPIngress"],
    scope: "spec.rules[]",
    hosts: ["host"],
    backends: ["backend"],
  },
  {
    group: "getambassador.io",
    kinds: ["Mapping", "TCPMapping"],
    scope: "spec",
    hosts: ["hostname", "host"],
    backends: ["service"],
  },
  {
    group: "k8s.nginx.org",
    kinds: ["VirtualServer", "VirtualServerRoute", "TransportServer"],
    scope: "spec",
    hosts: ["host"],
    backends: ["upstreams[]"],
  },
  {
    ...apisix,
    scope: "spec.http[]",
    hosts: ["match.hosts[]"],
    backends: ["backends[]"],
  },
  {
    ...apisix,
    scope: "spec.http[]",
    hosts: ["match.hosts[]"],
    backends: ["upstreams[]"],
    isIndirect: true,
  },
  { ...apisix, scope: "spec.stream[]", hosts: ["match.host"], backends: ["backend"] },
];

/** Visits every destination of a route; none for an object of any other kind. */
export function* ofEachBackend<Result>(
  object: KubernetesObject,
  visit: (backend: Backend) => Iterable<Result>,
): Generator<Result> {
  const ofKind = routeKinds.filter(({ group, kinds }) => isA(object, group, ...kinds));
  if (ofKind.length === 0 || isInsideMesh(object)) return;
  yield* ofEach(ofKind, ({ scope, hosts, backends, isIndirect }) =>
    ofEachAt(object.properties, scope, (scopePath, inScope) =>
      ofEach(backends, (backend) =>
        ofEachAt(inScope, backend, function* (path, value) {
          yield* visit({
            path: `${scopePath}.${path}`,
            hosts: hostsOf(object, typeof hosts === "function" ? hosts(inScope) : textsAt(inScope, hosts)),
            target: isIndirect ? undefined : targetOf(value, namespaceOf(object)),
          });
        }),
      ),
    ),
  );
}

/** Hosts in normal form, with those from annotations of an Ingress. An empty list still means every host. */
function hostsOf({ kind, metadata }: KubernetesObject, hosts: readonly string[]): string[] {
  const annotations = kind === "Ingress" ? (metadata.annotations ?? {}) : {};
  const aliases = hostAliases.flatMap((name) => (annotations[name] ?? "").split(","));
  const all = hosts.length === 0 ? [] : [...hosts, ...aliases];
  return all.map((host) => host.trim().toLowerCase().replace(/\.$/, "")).filter((host) => host !== "");
}

/** Whether a route is for requests between pods only. */
function isInsideMesh({ group, kind, properties }: KubernetesObject): boolean {
  if (group === gatewayApi.group) {
    const parents = [...ofEachAt(properties, "spec.parentRefs[]", (_, parent) => [parent])];
    return parents.length > 0 && parents.every(isServiceReference);
  }
  if (kind !== "VirtualService") return false;
  const gateways = textsAt(properties, ["spec.gateways[]"]);
  const isOfMesh = gateways.every((gateway) => gateway === "mesh");
  // One without hosts serves the VirtualServices that delegate to it, at their gateways.
  return isOfMesh && textsAt(properties, ["spec.hosts[]"]).length > 0;
}

/** The group is that of the Gateway API if none is written. */
function isServiceReference(parent: unknown): boolean {
  return isRecord(parent) && parent["group"] === "" && parent["kind"] === "Service";
}

function* ofEachAt<Result>(
  value: unknown,
  steps: string,
  visit: (path: string, value: unknown) => Iterable<Result>,
): Generator<Result> {
  const [step = "", ...rest] = steps.split(".");
  const next = (path: string, inner: unknown) =>
    rest.length === 0
      ? visit(path, inner)
      : ofEachAt(inner, rest.join("."), (at, found) => visit(`${path}.${at}`, found));
  const key = step.replace("[]", "");
  const inner = isRecord(value) ? value[key] : undefined;
  if (inner === undefined || inner === null) return;
  if (!step.endsWith("[]")) yield* next(key, inner);
  else if (Array.isArray(inner))
    yield* ofEach(inner as readonly unknown[], (item, index) => next(`${key}[${index}]`, item));
}

function textsAt(value: unknown, paths: readonly string[]): string[] {
  const texts = paths.flatMap((path) => [...ofEachAt(value, path, (_, found) => [found])]);
  return texts.filter((text) => typeof text === "string").filter((text) => text !== "");
}

/** A Service, in any of the forms in which routes name one. */
function targetOf(backend: unknown, namespace: string): Target | undefined {
  if (typeof backend === "string") return addressOf(backend, namespace);
  if (!isRecord(backend)) return undefined;
  // An Ingress names its Service one level below.
  const ref = isRecord(backend["service"]) ? backend["service"] : backend;
  const { group = "", kind = "Service", host, namespace: own = namespace } = ref;
  const port = portOf(ref["port"] ?? ref["servicePort"]);
  if (typeof host === "string") {
    const target = addressOf(host, namespace);
    return target && { ...target, port };
  }
  const name = ref["service"] ?? ref["serviceName"] ?? ref["name"];
  const isOfService = group === "" && kind === "Service";
  if (!isOfService || typeof name !== "string" || typeof own !== "string") return undefined;
  return { namespace: own, name, port };
}

function portOf(port: unknown): number | string | undefined {
  const value = isRecord(port) ? (port["number"] ?? port["name"]) : port;
  return typeof value === "number" || typeof value === "string" ? value : undefined;
}

/** A Service by its name inside the cluster, with or without scheme and port; undefined for a host outside. */
export function addressOf(address: string, namespace: string): Target | undefined {
  const [, host = "", port] = /^(?:[a-z][a-z0-9+.-]*:\/\/)?([^:/?#]+)(?::(\d+))?/i.exec(address) ?? [];
  const [name = "", own = namespace, svc = "svc", ...rest] = host.toLowerCase().split(".");
  const isInside = svc === "svc" && ["", "cluster.local"].includes(rest.join(".").replace(/\.$/, ""));
  if (name === "" || !isInside) return undefined;
  return { namespace: own, name, ...(port !== undefined && { port: Number(port) }) };
}
