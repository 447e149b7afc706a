import type { core, meta } from "@pulumi/kubernetes/types/output";

/** A type of Kubernetes' API as programs write it: everything may be left out. */
export type Partially<T> = T extends readonly (infer Item)[]
  ? readonly Partially<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]?: Partially<T[Key]> | undefined }
    : T;

export type Metadata = Partially<meta.v1.ObjectMeta>;
export type PodSpec = Partially<core.v1.PodSpec>;

type Properties = Readonly<Record<string, unknown>>;

/** A Kubernetes object of a program. */
export interface KubernetesObject {
  readonly urn: string;
  /** Empty for the core group. */
  readonly group: string;
  /** That of the patched object for a `…Patch`. */
  readonly kind: string;
  readonly metadata: Metadata;
  readonly properties: Properties;
  /** Where it is in its resource: `items[0].` in a list, empty for an object that is a resource. */
  readonly prefix: string;
  /** Whether it changes some fields of an object that something else makes. */
  readonly isPatch: boolean;
}

type ListItem = Properties & { readonly apiVersion?: string; readonly kind?: string };

interface TypedResource {
  readonly type: string;
  readonly urn: string;
  readonly props: Properties;
}

/**
 * The objects of a resource, also custom ones, which only its type tells: one, or those of a list; none for anything
 * else.
 * @see https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/managing-resources-with-server-side-apply/
 */
export function objectsOf({ type, urn, props }: TypedResource): KubernetesObject[] {
  const [provider, apiVersion = "", kind] = type.split(":");
  if (provider !== "kubernetes" || kind === undefined) return [];
  const items = kind.endsWith("List") ? props["items"] : undefined;
  if (!Array.isArray(items)) return [objectOf(urn, apiVersion, kind, props, "")];
  return (items as readonly ListItem[]).map((item, index) =>
    objectOf(
      urn,
      item.apiVersion ?? apiVersion,
      item.kind ?? kind.slice(0, -"List".length),
      item,
      `items[${index}].`,
    ),
  );
}

function objectOf(
  urn: string,
  apiVersion: string,
  kind: string,
  properties: Properties,
  prefix: string,
): KubernetesObject {
  const isPatch = kind.endsWith("Patch");
  const ofObject = isPatch ? kind.slice(0, -"Patch".length) : kind;
  return {
    urn,
    group: groupOf(apiVersion, ofObject),
    kind: ofObject,
    get metadata() {
      return (properties["metadata"] ?? {}) as Metadata;
    },
    properties,
    prefix,
    isPatch,
  };
}

/** Where kinds went that the group `extensions` once had. */
const formerExtensions: Readonly<Record<string, string>> = {
  Ingress: "networking.k8s.io",
  NetworkPolicy: "networking.k8s.io",
  Deployment: "apps",
  DaemonSet: "apps",
  ReplicaSet: "apps",
};

function groupOf(apiVersion: string, kind: string): string {
  const [group = "", version] = apiVersion.split("/");
  if (version === undefined || group === "core") return "";
  return group === "extensions" ? (formerExtensions[kind] ?? group) : group;
}

/** Says for a kind and its group, whatever the version, whether an object is of it. */
export function isA(object: KubernetesObject, group: string, ...kinds: readonly string[]): boolean {
  return object.group === group && kinds.includes(object.kind);
}

/** The `spec` of an object whose kind the caller has looked at. */
export function specOf<T>(object: KubernetesObject): Partially<T> {
  return (object.properties["spec"] ?? {}) as Partially<T>;
}

export function namespaceOf(object: KubernetesObject): string {
  return object.metadata.namespace ?? "default";
}

export function isNamed(object: KubernetesObject, namespace: string, name: string): boolean {
  return object.metadata.name === name && namespaceOf(object) === namespace;
}
