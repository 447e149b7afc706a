import { stringify } from "yaml";
import type { PlannedResource } from "../check/preview";
import { UNKNOWN } from "../shared/pulumi";
import { fileNames } from "./names";

/** A Kubernetes object as text. */
export interface Manifest {
  /** Kind, namespace and name, for a file name; it is unique. */
  readonly name: string;
  readonly text: string;
}

/** How the engine marks a secret property. */
const SECRET_SIGNATURE = "4dabf18193072939515e22adb298388d";

const LEFT_OUT = "[secret]";
const KNOWN_LATER = "[known after an update]";

/** The Kubernetes objects of a plan, in a stable order, without secrets. Patches of objects are not included. */
export function manifestsOf(planned: readonly PlannedResource[]): Manifest[] {
  // The engine plans a replaced object in two steps.
  const objects = new Map(
    planned
      .filter(
        ({ type, isRemoved }) => type.startsWith("kubernetes:") && !type.endsWith("Patch") && !isRemoved,
      )
      .map(({ urn, inputs }) => [urn, readable(inputs) as Partial<KubernetesObject>] as const),
  );
  const kept = [...objects].flatMap(([urn, object]) => (isObject(object) ? [{ urn, object }] : []));
  const names = fileNames(
    kept.map(({ urn, object: { apiVersion, kind, metadata } }) => ({
      ...{ urn, apiVersion, kind },
      name: told(metadata.name),
      namespace: metadata.namespace === undefined ? undefined : (told(metadata.namespace) ?? "unknown"),
    })),
  );
  return kept
    .map(({ object }, at) => ({ name: names[at] ?? "", text: stringify(object) }))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

interface KubernetesObject {
  readonly apiVersion?: string;
  readonly kind: string;
  readonly metadata: { readonly namespace?: string; readonly name?: string };
}

function isObject(object: Partial<KubernetesObject>): object is KubernetesObject {
  return object.kind !== undefined && object.metadata !== undefined;
}

function told(text: string | undefined): string | undefined {
  return text === LEFT_OUT || text === KNOWN_LATER ? undefined : text;
}

/** The value without secrets and without values that are not known yet. */
function readable(value: unknown): unknown {
  if (value === UNKNOWN) return KNOWN_LATER;
  if (Array.isArray(value)) return value.map(readable);
  if (typeof value !== "object" || value === null) return value;
  if (SECRET_SIGNATURE in value) return LEFT_OUT;
  return Object.fromEntries(
    Object.entries(value)
      // The engine's own notes about the inputs.
      .filter(([key]) => !key.startsWith("__"))
      .map(([key, one]) => [key, readable(one)]),
  );
}
