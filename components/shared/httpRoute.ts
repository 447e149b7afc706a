import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import type { CustomResourceOptions, Input } from "@pulumi/pulumi";
import type { Annotations, Labels } from "./labels";
import { patched, type Patch } from "./patch";

const group = "gateway.networking.k8s.io";

/** The Gateway that routes attach to. @see https://gateway-api.sigs.k8s.io/reference/spec/#parentreference */
export interface ParentRef {
  /** Namespace of the Gateway. */
  readonly namespace: Input<string>;
  /** Name of the Gateway. */
  readonly name: Input<string>;
  /**
   * Name of one of its listeners.
   * @default every listener that admits the route
   */
  readonly sectionName?: string;
}

/** The Service that a route leads to. */
export interface BackendRef {
  readonly name: Input<string>;
  /** @default the route's own; any other needs a ReferenceGrant there */
  readonly namespace?: Input<string>;
  readonly port: number;
}

/** A path that leads to a Service of its own, with everything below. */
export interface PathTo {
  readonly path: string;
  readonly service: BackendRef;
}

/** `spec` of an HTTPRoute, as far as it is used here. */
interface HttpRouteSpec {
  readonly parentRefs: readonly ParentRef[];
  readonly hostnames: readonly string[];
  readonly rules: readonly {
    readonly matches?: readonly { readonly path: { readonly type: "PathPrefix"; readonly value: string } }[];
    readonly backendRefs: readonly BackendRef[];
  }[];
}

/**
 * The most that the API server allows in these lists of one object. 16 rules of 8 matches are also all the matches that
 * it allows in one HTTPRoute; up to Gateway API 1.1 a rule may have no more.
 */
const maxItems = { from: 16, hostnames: 16, matches: 8, rules: 16 } as const;

export interface HttpRouteArgs {
  readonly namespace: Input<string>;
  readonly labels: Labels;
  readonly annotations: Annotations | undefined;
  readonly hosts: readonly string[];
  readonly parentRef: ParentRef;
  readonly service: BackendRef;
  /** @default every path */
  readonly paths?: readonly string[];
  /** @default none */
  readonly besides?: readonly PathTo[];
  readonly patch?: Patch | undefined;
}

/**
 * Creates an HTTPRoute that sends some hosts, or paths of them, to one Service, and waits until the Gateway accepts it.
 * Creates several if there are more hosts or paths than one may have.
 */
export function createHttpRoute(name: string, args: HttpRouteArgs, opts: CustomResourceOptions): void {
  const annotations = { ...args.annotations, "pulumi.com/waitFor": JSON.stringify(taken) };
  let { parent } = opts;
  for (const [index, spec] of specsOf(args).entries()) {
    const route = new CustomResource(
      partName(name, index),
      patched(
        {
          apiVersion: `${group}/v1`,
          kind: "HTTPRoute",
          metadata: { namespace: args.namespace, labels: args.labels, annotations },
          spec,
        },
        args.patch,
      ),
      { ...opts, ...(parent && { parent }) },
    );
    // As children of the first, the others do not collide with a service of such a name.
    if (index === 0) parent = route;
  }
}

function specsOf({ besides = [], hosts, parentRef, paths, service }: HttpRouteArgs): HttpRouteSpec[] {
  const below = (service: BackendRef, paths: readonly string[]): HttpRouteSpec["rules"][number] => ({
    matches: paths.map((value) => ({ path: { type: "PathPrefix", value } })),
    backendRefs: [service],
  });
  const rules = [
    ...besides.map(({ path, service }) => below(service, [path])),
    ...(paths
      ? chunks(paths, maxItems.matches).map((some) => below(service, some))
      : [{ backendRefs: [service] }]),
  ];
  return chunks(hosts, maxItems.hostnames).flatMap((hostnames) =>
    chunks(rules, maxItems.rules).map((some) => ({ parentRefs: [parentRef], hostnames, rules: some })),
  );
}

/** The name of one of several objects; the first has no number. */
function partName(name: string, index: number): string {
  return index === 0 ? name : `${name}-${index + 1}`;
}

function chunks<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, index) =>
    list.slice(index * size, (index + 1) * size),
  );
}

/** The conditions of a route that works: it may attach, and may lead to its Service. */
const taken = ["Accepted", "ResolvedRefs"].map(
  (type) => `jsonpath={.status.parents[0].conditions[?(@.type=="${type}")].status}=True`,
);

const grantedKinds = ["HTTPRoute", "GRPCRoute"] as const;

/** A version in which the Gateway API's definitions serve ReferenceGrants. */
export type ReferenceGrantVersion = "v1beta1" | "v1";

export interface ReferenceGrantArgs {
  readonly version: ReferenceGrantVersion;
  readonly namespace: Input<string>;
  readonly labels: Labels;
  /** The namespaces whose HTTPRoutes and GRPCRoutes may lead to the Services. */
  readonly namespaces: readonly string[];
  readonly services: readonly Input<string>[];
}

/**
 * Lets HTTPRoutes and GRPCRoutes of other namespaces lead to Services of this one, by several grants if there are more
 * namespaces than one may have. Each version is another type to the engine, but the same object to the API server: with the alias, a
 * change of the version updates the object and deletes nothing.
 * @see https://gateway-api.sigs.k8s.io/api-types/referencegrant/
 */
export function createReferenceGrant(
  name: string,
  args: ReferenceGrantArgs,
  opts: CustomResourceOptions,
): void {
  const { version, namespace, labels, namespaces, services } = args;
  const other: ReferenceGrantVersion = version === "v1" ? "v1beta1" : "v1";
  const from = grantedKinds.flatMap((kind) => namespaces.map((team) => ({ group, kind, namespace: team })));
  for (const [index, some] of chunks(from, maxItems.from).entries())
    new CustomResource(
      partName(name, index),
      {
        apiVersion: `${group}/${version}`,
        kind: "ReferenceGrant",
        metadata: { namespace, labels },
        spec: {
          from: some,
          to: services.map((name) => ({ group: "", kind: "Service", name })),
        },
      },
      { ...opts, aliases: [{ type: `kubernetes:${group}/${other}:ReferenceGrant` }] },
    );
}
