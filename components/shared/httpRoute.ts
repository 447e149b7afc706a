import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import type { CustomResourceOptions, Input } from "@pulumi/pulumi";
import type { Labels } from "./labels";
import { patched, type Patch } from "./patch";

const GROUP = "gateway.networking.k8s.io";

/** The Gateway that routes attach to. @see https://gateway-api.sigs.k8s.io/reference/spec/#parentreference */
export interface ParentRef {
  /** Namespace of the Gateway. */
  readonly namespace: string;
  /** Name of the Gateway. */
  readonly name: string;
  /**
   * Name of one of its listeners.
   * @default every listener that lets the route in
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

export interface HttpRouteArgs {
  readonly namespace: Input<string>;
  readonly labels: Labels;
  readonly annotations: Labels | undefined;
  readonly hosts: readonly string[];
  readonly parentRef: ParentRef;
  readonly service: BackendRef;
  /** @default every path */
  readonly paths?: readonly string[];
  /** @default none */
  readonly besides?: readonly PathTo[];
  readonly patch?: Patch | undefined;
}

/** An HTTPRoute that sends some hosts, or paths of them, to one Service; it is there once the Gateway has taken it. */
export function createHttpRoute(
  name: string,
  args: HttpRouteArgs,
  opts: CustomResourceOptions,
): CustomResource {
  const { besides = [], hosts, parentRef, paths, service } = args;
  const own = paths?.map((path) => ({ path, service }));
  const spec: HttpRouteSpec = {
    parentRefs: [parentRef],
    hostnames: hosts,
    rules: [
      ...[...besides, ...(own ?? [])].map(({ path, service }) => ({
        matches: [{ path: { type: "PathPrefix" as const, value: path } }],
        backendRefs: [service],
      })),
      ...(own ? [] : [{ backendRefs: [service] }]),
    ],
  };
  const annotations = { ...args.annotations, "pulumi.com/waitFor": JSON.stringify(taken) };
  return new CustomResource(
    name,
    patched(
      {
        apiVersion: `${GROUP}/v1`,
        kind: "HTTPRoute",
        metadata: { namespace: args.namespace, labels: args.labels, annotations },
        spec,
      },
      args.patch,
    ),
    opts,
  );
}

/** What the controller says of a route that works: it may attach, and may lead to its Service. */
const taken = ["Accepted", "ResolvedRefs"].map(
  (type) => `jsonpath={.status.parents[0].conditions[?(@.type=="${type}")].status}=True`,
);

/** A version that definitions of the Gateway API serve ReferenceGrants in. */
export type ReferenceGrantVersion = "v1beta1" | "v1";

export interface ReferenceGrantArgs {
  readonly version: ReferenceGrantVersion;
  readonly namespace: Input<string>;
  readonly labels: Labels;
  /** Whose HTTPRoutes may lead to the Services. */
  readonly namespaces: readonly string[];
  readonly services: readonly Input<string>[];
}

/**
 * Lets HTTPRoutes of other namespaces lead to Services of this one. Each version is another type for the engine, and one
 * object for the API server: by the alias a change of the version updates it, and deletes nothing.
 * @see https://gateway-api.sigs.k8s.io/api-types/referencegrant/
 */
export function createReferenceGrant(
  name: string,
  args: ReferenceGrantArgs,
  opts: CustomResourceOptions,
): CustomResource {
  const { version, namespace, labels, namespaces, services } = args;
  const other: ReferenceGrantVersion = version === "v1" ? "v1beta1" : "v1";
  return new CustomResource(
    name,
    {
      apiVersion: `${GROUP}/${version}`,
      kind: "ReferenceGrant",
      metadata: { namespace, labels },
      spec: {
        from: namespaces.map((team) => ({ group: GROUP, kind: "HTTPRoute", namespace: team })),
        to: services.map((name) => ({ group: "", kind: "Service", name })),
      },
    },
    { ...opts, aliases: [{ type: `kubernetes:${GROUP}/${other}:ReferenceGrant` }] },
  );
}
