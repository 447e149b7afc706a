import type { core, meta } from "@pulumi/kubernetes/types/output";

/** A type of Kubernetes' API as programs write it: everything may be left out. */
export type Partially<T> = T extends readonly (infer Item)[]
  ? readonly Partially<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]?: Partially<T[Key]> | undefined }
    : T;

export type Metadata = Partially<meta.v1.ObjectMeta>;
export type PodSpec = Partially<core.v1.PodSpec>;

/** A Kubernetes object of a program. */
export interface KubernetesObject {
  readonly urn: string;
  /** Empty for the core group. */
  readonly group: string;
  readonly kind: string;
  readonly metadata: Metadata;
  readonly properties: Readonly<Record<string, unknown>>;
}

interface TypedResource {
  readonly type: string;
  readonly urn: string;
  readonly props: Readonly<Record<string, unknown>>;
}

/** The object of a resource, also a custom one, which only its type tells; undefined for anything else. */
export function objectOf({ type, urn, props }: TypedResource): KubernetesObject | undefined {
  const [provider, apiVersion = "", kind] = type.split(":");
  if (provider !== "kubernetes" || kind === undefined) return undefined;
  const [group, version] = apiVersion.split("/");
  return {
    urn,
    group: group === undefined || group === "core" || version === undefined ? "" : group,
    kind,
    get metadata() {
      return (props["metadata"] ?? {}) as Metadata;
    },
    properties: props,
  };
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
