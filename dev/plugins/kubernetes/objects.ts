import { propertiesAt, textAt, UNKNOWN, type Properties } from "../protocol/values";

/** What the API server knows an object by. */
export interface ObjectKey {
  readonly apiVersion: string;
  readonly kind: string;
  /** Absent for a cluster-wide kind. */
  readonly namespace?: string;
  readonly name: string;
}

export const DEFAULT_NAMESPACE = "default";

export const annotations = {
  autonamed: "pulumi.com/autonamed",
  skipAwait: "pulumi.com/skipAwait",
  timeoutSeconds: "pulumi.com/timeoutSeconds",
  waitFor: "pulumi.com/waitFor",
} as const;

export function annotation(object: Properties, name: string): string | undefined {
  return textAt(object, "metadata", "annotations", name);
}

/** The API group; empty for the core one. */
export function groupOf(apiVersion: string): string {
  return apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
}

export function keyOf(object: Properties): ObjectKey {
  const namespace = textAt(object, "metadata", "namespace");
  return {
    apiVersion: textAt(object, "apiVersion") ?? "",
    kind: textAt(object, "kind") ?? "",
    name: textAt(object, "metadata", "name") ?? "",
    ...(namespace !== undefined && { namespace }),
  };
}

/** The id in Pulumi's state: `<namespace>/<name>`, or `<name>` for a cluster-wide kind. */
export function idOf(object: Properties): string {
  const { namespace, name } = keyOf(object);
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/** @param type type token, for example `kubernetes:apps/v1:Deployment` */
export function keyFromId(type: string, id: string): ObjectKey {
  const { apiVersion, kind } = parseType(type);
  const slash = id.indexOf("/");
  return slash < 0
    ? { apiVersion, kind, name: id }
    : { apiVersion, kind, namespace: id.slice(0, slash), name: id.slice(slash + 1) };
}

/** Pulumi writes the core group's `v1` as `core/v1`. */
export function parseType(type: string): { readonly apiVersion: string; readonly kind: string } {
  const [, module = "", kind = ""] = type.split(":");
  return { apiVersion: module.replace(/^core\//, ""), kind };
}

/** For messages: `Deployment portcullis/kratos`. */
export function describe(object: Properties): string {
  return describeKey(keyOf(object));
}

export function describeKey({ kind, namespace, name }: ObjectKey): string {
  const shown = name === UNKNOWN || name === "" ? "(name not known yet)" : name;
  return `${kind} ${namespace === undefined || namespace === UNKNOWN ? "" : `${namespace}/`}${shown}`;
}

/** The object as the state keeps it: without the bookkeeping of server-side apply. */
export function withoutBookkeeping(object: Properties): Properties {
  const metadata = { ...propertiesAt(object, "metadata") };
  delete metadata["managedFields"];
  return { ...object, metadata };
}
