import type { core, meta } from "@pulumi/kubernetes/types/output";

/** A type of Kubernetes' API as programs write it: every property is optional. */
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
  /** The kind of the patched object for a `…Patch`. */
  readonly kind: string;
  readonly metadata: Metadata;
  readonly properties: Properties;
  /** The path in its resource: `items[0].` in a list, empty for an object that is a resource. */
  readonly prefix: string;
  /** Whether it changes some fields of an object that something else creates. */
  readonly isPatch: boolean;
}

type ListItem = Properties & { readonly apiVersion?: string; readonly kind?: string };

interface TypedResource {
  readonly type: string;
  readonly urn: string;
  readonly props: Properties;
}

/**
 * The objects of a resource, including custom ones, which only the resource's type reveals: one object, or those of a list;
 * none for anything else.
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

/** The groups to which kinds moved from the former group `extensions`. */
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

/** Whether an object is of a group and one of some kinds, in any version. */
export function isA(object: KubernetesObject, group: string, ...kinds: readonly string[]): boolean {
  return object.group === group && kinds.includes(object.kind);
}

/** The `spec` of an object whose kind the caller has checked. */
export function specOf<T>(object: KubernetesObject): Partially<T> {
  return (object.properties["spec"] ?? {}) as Partially<T>;
}

export function namespaceOf(object: KubernetesObject): string {
  return object.metadata.namespace ?? "default";
}

export function isNamed(object: KubernetesObject, namespace: string, name: string): boolean {
  return object.metadata.name === name && namespaceOf(object) === namespace;
}
