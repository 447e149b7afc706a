import { grpcProblems, isGrpc } from "../../documents/oathkeeper/grpc";
import { unknownHandlerProblems } from "../../documents/oathkeeper/handlers";
import {
  domainProblems,
  hostProblems,
  parseDomain,
  type Domain,
  type NamedHost,
} from "../../documents/oathkeeper/hosts";
import type { UpstreamOptions } from "../../documents/rules/upstreamOptions";
import { usualMethods } from "../../documents/oathkeeper/ruleSpec";
import { routeForms } from "../../documents/rules/routeForms";
import type { Partly } from "../../documents/shared/partly";
import { gatewayBearerTokensProblems } from "../../documents/oathkeeper/bearerTokens";
import { unknownGroupProblems } from "../../documents/oathkeeper/groups";
import { outsideProblems } from "../../documents/oathkeeper/outside";
import type { NonEmpty } from "../../documents/shared/nonEmpty";
import { accessPolicyProblems, accessRules, type AccessPolicy } from "../../documents/oathkeeper/accessRules";
import { ServiceIndex, type ServiceRules } from "../../documents/oathkeeper/serviceRules";
import { dnsName } from "../../documents/shared/dnsNames";
import { annotationsProblems, namespaceProblems } from "../../documents/shared/kubernetesNames";
import { found, ofKnown, within, type Path, type Problem } from "../../documents/shared/problem";
import type { GatewayRef } from "../gatewayRef";
import type { ProtectedServiceArgs } from "../protectedService";
import { addressesOf } from "../shared/addresses";
import { knownOf, type Known } from "../shared/known";
import { patchProblems, type Patch } from "../shared/patch";
import { clientsProblems } from "../shared/peerProblems";
import { hostsWithoutRoute, type TlsArgs } from "../shared/route";
import { matchPatchProblems, patchedMatch } from "./matchPatch";
import { schemeOf, type NamedUpstream, type UrlUpstream } from "./upstream";
import { serviceUpstreamProblems } from "./upstreamProblems";

/** A service as far as it is known, from a program or from a stack's file. */
export type KnownService = Known<Omit<ProtectedServiceArgs, "gateway" | "upstream">> & {
  readonly upstream?:
    | Known<NamedUpstream>
    | Known<UrlUpstream>
    /** A resource of the same program, whose ports are compared once they are known. */
    | (Partly<UpstreamOptions> & {
        readonly service?: unknown;
        readonly port?: unknown;
        readonly scheme?: string | undefined;
      })
    | undefined;
};

/** What a service's own arguments are compared with; whatever is absent is not known. */
export type KnownGatewayRef = Pick<Known<GatewayRef>, "domain" | "namespace" | "route" | "tls"> & {
  readonly upstreams?: GatewayRef["upstreams"];
  /** The symbol if service accounts cannot be callers. */
  readonly serviceAccountIssuer?: string | typeof noIssuer | undefined;
  readonly clusterOnly?: boolean | undefined;
  /** @default not known */
  readonly takesGrpc?: boolean;
  readonly groups?: readonly string[] | undefined;
};

/** Stands for the issuer of a gateway that has none. */
export const noIssuer = Symbol("no service account issuer");

/** The parts of a gateway that services are compared with, its namespace as far as it is known. */
export function knownRef({
  domain,
  route,
  serviceAccountIssuer,
  tls,
  clusterOnly,
  groups,
  upstreams,
  proxy,
  namespace,
}: GatewayRef): KnownGatewayRef {
  const issuer = serviceAccountIssuer ?? noIssuer;
  const takesGrpc = proxy.grpcService !== undefined;
  return {
    ...{ domain, serviceAccountIssuer: issuer, clusterOnly, groups, upstreams, takesGrpc },
    ...knownOf({ namespace, route, tls }),
  };
}

/** What is wrong with a service behind a gateway, except for its name and other services. */
export function serviceProblems(
  path: Path,
  name: string,
  service: KnownService,
  gateway: KnownGatewayRef,
): Problem[] {
  const byGrpc = isGrpc(service.upstream && schemeOf(service.upstream));
  return [
    ...hostsProblems(path, name, service, gateway),
    ...ofKnown(service.namespace, (namespace) =>
      ownNamespaceProblems(path, namespace, gateway, service.route !== "none", byGrpc),
    ),
    ...(byGrpc ? [...grpcProblems(path, service), ...grpcGatewayProblems(path, gateway)] : []),
    ...withoutObjectProblems(path, name, service, gateway),
    ...patchesProblems(within(path, "patches"), service.patches),
    ...matchPatchProblems(path("patches.rule.spec.match"), service.patches?.rule as Patch | undefined),
    ...unknownHandlerProblems(path("patches.rule.spec"), service.patches?.rule?.["spec"]),
    ...ofKnown(service.annotations, (all) => annotationsProblems(path("annotations"), all)),
    ...ofKnown(service.upstream, (upstream) => serviceUpstreamProblems(path, upstream, service, gateway)),
    ...isolationProblems(path, service),
    ...(gateway.clusterOnly ? outsideProblems(path, service) : []),
    ...accessPolicyProblems(path, service),
    ...ofKnown(gateway.groups, (has) =>
      unknownGroupProblems(path("access.groups"), service.access?.groups ?? [], has),
    ),
    ...ofKnown(gateway.serviceAccountIssuer, (issuer) =>
      gatewayBearerTokensProblems(
        path("machines"),
        service.machines,
        issuer === noIssuer ? undefined : issuer,
      ),
    ),
  ];
}

/** `portcullis-` and the name are the value of a label, which has at most 63 characters. */
const maxName = 52;

const namePattern = new RegExp(`^${dnsName}$`);

/** Checks the name of a protected service: its Rule and, unless it names others, its host are called by it. */
export function protectedNameProblems(path: string, name: string): Problem[] {
  if (name.length <= maxName && namePattern.test(name)) return [];
  return [
    {
      path,
      value: found(name),
      reason: "is not the name of a service",
      fix: `Use lower-case letters, digits and hyphens, at most ${maxName}, with a letter or digit at both ends.`,
    },
  ];
}

/** The hosts of a service, whether it names them or not. */
function namedHosts(path: Path, name: string, { hosts }: KnownService, zone: Domain): readonly NamedHost[] {
  if (!hosts) return [{ path: path("hosts"), host: `${name}.${zone.name}` }];
  return hosts.map((host, index) => ({ path: path(`hosts[${index}]`), host }));
}

function hostsProblems(
  path: Path,
  name: string,
  service: KnownService,
  { domain }: KnownGatewayRef,
): readonly Problem[] {
  if (service.hosts?.length === 0)
    return [
      {
        path: path("hosts"),
        value: found(service.hosts),
        reason: "names no host",
        fix: "Name one, or leave it out for the service's name inside the domain.",
      },
    ];
  const zone = zoneOf(domain);
  // An invalid name is reported by its own check.
  if (!zone || (!service.hosts && protectedNameProblems("name", name).length > 0)) return [];
  return [
    ...hostProblems(zone, namedHosts(path, name, service, zone)),
    ...ofKnown(service.hosts, (hosts) => roomProblems(path, hosts, service.methods ?? usualMethods)),
  ];
}

/** The proxy omits a Rule with more methods and hosts than nginx has room for. */
function roomProblems(path: Path, hosts: readonly string[], methods: readonly string[]): readonly Problem[] {
  const { maxKeys } = routeForms;
  if (hosts.length * methods.length <= maxKeys) return [];
  return [
    {
      path: path("hosts"),
      value: `${hosts.length} hosts, with ${methods.length} methods each`,
      reason: `are more than the ${maxKeys} pairs of host and method that the proxy takes from one service`,
      fix: 'Write a wildcard for hosts that have one, such as "*.preview.apps.example.com", or fewer methods.',
    },
  ];
}

function zoneOf(domain: string | undefined): Domain | undefined {
  return domain === undefined || domainProblems("domain", domain).length > 0
    ? undefined
    : parseDomain(domain);
}

/** The rules that a service will have, as far as they are known; problems in them are reported elsewhere. */
export function rulesOf(name: string, service: KnownService, gateway: KnownGatewayRef): ServiceRules {
  const none = { service: name, hosts: [], rules: [] };
  const zone = zoneOf(gateway.domain);
  const { tls } = gateway;
  if (!zone || tls === undefined || protectedNameProblems("name", name).length > 0) return none;
  const path: Path = (property) => property;
  const named = namedHosts(path, name, service, zone);
  const wrong = hostProblems(zone, named).map((problem) => problem.path);
  const [first, ...others] = named.filter((one) => !wrong.includes(one.path)).map(({ host }) => host);
  const { scheme } = addressesOf(gateway.domain ?? "", tls as TlsArgs);
  if (first === undefined) return none;
  const hosts: NonEmpty<string> = [first, ...others];
  const { methods, paths, patches, publicPaths } = service as AccessPolicy &
    Pick<ProtectedServiceArgs, "patches">;
  const isPlain = accessPolicyProblems(path, { methods, paths, publicPaths }).length === 0;
  const shape = isPlain && {
    ...(methods && { methods }),
    ...(paths && { paths }),
    ...(publicPaths && { publicPaths }),
  };
  return {
    service: name,
    hosts,
    rules: accessRules({ scheme, domain: zone, hosts, ...shape }).map(({ suffix, match }) => ({
      name: name + suffix,
      ...patchedMatch(match, patches?.rule),
    })),
  };
}

/** Conflicts of a service with others: requests, or a name of a Rule, that one of them already has. */
export function neighbourProblems(path: Path, own: ServiceRules, others: ServiceIndex): Problem[] {
  const overlaps = others.takingToo(own).map((other) => ({
    path: path("hosts"),
    value: found(own.hosts),
    reason: `match requests that the service "${other}" takes too`,
    fix: "Give every service its own hosts, or different paths of the same hosts: where two rules match, the proxy answers 500.",
  }));
  const names = others.namedAlready(own).map(({ rule, service }) => ({
    path: path("publicPaths"),
    value: found(rule),
    reason: `makes a Rule with a name that a Rule of the service "${service}" has too`,
    fix: "Give one of the two services another name.",
  }));
  return [...overlaps, ...names];
}

function grpcGatewayProblems(path: Path, { takesGrpc = true }: KnownGatewayRef): Problem[] {
  if (takesGrpc) return [];
  const reason = "uses gRPC, but the gateway was made by a release whose proxy takes only HTTP/1.1";
  const fix = "Run `pulumi up` of the gateway's stack with this version of the library.";
  return [{ path: path("upstream"), value: "a gRPC service", reason, fix }];
}

function isolationProblems(path: Path, { isolation, upstream }: KnownService): Problem[] {
  if (isolation === "none") return [];
  const peers = isolation?.alsoAllow ?? [];
  // Does not quote the URL, which may hold credentials.
  const open: Problem = {
    path: path("isolation"),
    value: found(isolation),
    reason: 'is not "none", but no NetworkPolicy can isolate a URL: anyone who reaches it bypasses the login',
    fix: 'Name the upstream by Service and pods, or accept it with isolation: "none".',
  };
  return [
    ...(upstream && "url" in upstream ? [open] : []),
    ...clientsProblems(path("isolation.alsoAllow"), peers),
  ];
}

/** Checks a namespace of the Rule, and of the route if there is one. */
export function ownNamespaceProblems(
  path: Path,
  namespace: string,
  { namespace: ofGateway, route }: KnownGatewayRef,
  hasRoute: boolean,
  byGrpc = false,
): readonly Problem[] {
  const ofName = namespaceProblems(path("namespace"), namespace);
  if (ofName.length > 0 || ofGateway === undefined || namespace === ofGateway) return ofName;
  if (!route || !hasRoute || (route.wildcard && !byGrpc)) return [];
  const problem = (reason: string, fix: string): Problem[] => [
    { path: path("namespace"), value: found(namespace), reason, fix },
  ];
  if (route.kind !== "gatewayApi")
    return problem(
      "cannot contain the route: an Ingress leads only to Services of its own namespace, and the proxy is elsewhere",
      byGrpc
        ? "Leave namespace out: a gRPC service needs a route of its own, even beside a wildcard."
        : "Set route.wildcard on the gateway, so that the service needs no route of its own, or leave namespace out.",
    );
  if (route.namespaces?.includes(namespace)) return [];
  return problem(
    "may not contain the route: the gateway grants this namespace no HTTPRoute to the proxy",
    "Add it to route.namespaces of the gateway, or leave namespace out.",
  );
}

function patchesProblems(
  path: Path,
  { route, rule, networkPolicy }: KnownService["patches"] = {},
): Problem[] {
  return Object.entries({ route, rule, networkPolicy }).flatMap(([object, patch]) =>
    patchProblems(within(path, object), patch),
  );
}

/** What would change an object that the service does not have. */
function withoutObjectProblems(
  path: Path,
  name: string,
  service: KnownService,
  { domain, route }: KnownGatewayRef,
): Problem[] {
  const { annotations, isolation, namespace, patches, route: own } = service;
  const zone = zoneOf(domain);
  const hosts = zone ? namedHosts(path, name, service, zone).map(({ host }) => host) : [];
  const isRouted =
    route?.wildcard &&
    !isGrpc(service.upstream && schemeOf(service.upstream)) &&
    (namespace !== undefined || !zone || hostsWithoutRoute(route, zone, hosts).length === 0);
  const isWithout = own === "none" || isRouted;
  const noRoute =
    own === "none"
      ? "has no route to change: route is none"
      : "has no route to change: the gateway's wildcard route leads to this service too";
  const problem = (property: string, reason: string): Problem => ({
    path: path(property),
    value: "a change",
    reason,
    fix: "Leave it out.",
  });
  return [
    ...(annotations && isWithout ? [problem("annotations", noRoute)] : []),
    ...(patches?.route && isWithout ? [problem("patches.route", noRoute)] : []),
    ...(patches?.networkPolicy && isolation === "none"
      ? [problem("patches.networkPolicy", 'has no NetworkPolicy to change with isolation: "none"')]
      : []),
  ];
}

/**
 * What is wrong with all services of one gateway except for their names, each by itself and beside the others.
 *
 * @param services by name; one that could not be read at all is absent
 * @param path names a property of the record of services, for example `vmagent.hosts[0]`
 */
export function servicesProblems(
  path: Path,
  services: Readonly<Record<string, KnownService | undefined>>,
  gateway: KnownGatewayRef,
): Problem[] {
  const index = new ServiceIndex();
  return Object.entries(services).flatMap(([name, service = {}]) => {
    const own = within(path, name);
    const rules = rulesOf(name, service, gateway);
    const problems = [
      ...serviceProblems(own, name, service, gateway),
      ...neighbourProblems(own, rules, index),
    ];
    index.add(rules);
    return problems;
  });
}
