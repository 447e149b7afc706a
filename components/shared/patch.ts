import { Output } from "@pulumi/pulumi";
import { found, within, type Path, type Problem } from "../../documents/shared/problem";

/**
 * A merge patch: objects merge field by field, null removes a field, anything else takes the place of what was there. In a pod,
 * `containers`, `initContainers`, `volumes` and `env` merge entry by entry, by their names, and `volumeMounts` by `mountPath`, as
 * with `kubectl patch`: an entry that is not there yet is added.
 * @see https://www.rfc-editor.org/rfc/rfc7386
 */
export interface Patch {
  /** A field of the object: a value replaces it, an object is merged into it, null takes it away. */
  readonly [field: string]: PatchValue;
}
/** What a field becomes. */
export type PatchValue = null | boolean | number | string | readonly PatchValue[] | Patch;

/** What a component wrote, as a user's patch wants it. */
export function patched<T>(written: T, patch: Patch | undefined): T {
  return patch ? (merged(written, patch) as T) : written;
}

/** The patch that does what one does and then the other. */
export function bothPatches(first: PatchValue | undefined, second: PatchValue, field = ""): PatchValue {
  const key = keys[field];
  if (key !== undefined && isList(first) && isList(second)) return byKey(first, second, key, bothPatches);
  if (!isPatch(second) || !isPatch(first)) return second;
  const changed = Object.entries(second).map(
    ([name, value]) => [name, bothPatches(first[name], value, name)] as const,
  );
  return { ...first, ...Object.fromEntries(changed) };
}

/** What tells the entries of a list in a pod apart; any other list is replaced as a whole. */
const keys: Readonly<Record<string, string>> = {
  containers: "name",
  initContainers: "name",
  volumes: "name",
  env: "name",
  volumeMounts: "mountPath",
};

/** What would make another object of the one that a patch changes. */
export function patchProblems(path: Path, patch: unknown): Problem[] {
  if (!isObject(patch)) return [];
  const { metadata = {} } = patch;
  return [
    ...fixedProblems(path, patch, ["apiVersion", "kind"]),
    ...(isObject(metadata)
      ? fixedProblems(within(path, "metadata"), metadata, ["name", "namespace", "generateName"])
      : [isFixed(path("metadata"), metadata)]),
  ];
}

function fixedProblems(
  path: Path,
  given: Readonly<Record<string, unknown>>,
  fields: readonly string[],
): Problem[] {
  return fields.flatMap((field) => (field in given ? [isFixed(path(field), given[field])] : []));
}

function isFixed(path: string, value: unknown): Problem {
  return {
    path,
    value: found(value),
    reason: "would make another object: a patch changes neither kind nor name nor namespace",
    fix: "Leave it out.",
  };
}

function merged(written: unknown, patch: PatchValue, field = ""): unknown {
  const key = keys[field];
  const isByKey = key !== undefined && isList(patch);
  if (!isPatch(patch) && !isByKey) return patch;
  if (Output.isInstance(written)) return written.apply((value) => merged(value, patch, field));
  if (isByKey) return byKey(Array.isArray(written) ? written : [], patch, key, merged);
  const given = isObject(written) ? written : {};
  const changed = Object.entries(patch).flatMap(([name, value]) =>
    value === null ? [] : [[name, merged(given[name], value, name)] as const],
  );
  const kept = Object.entries(given).filter(([name]) => !(name in patch));
  return Object.fromEntries([...kept, ...changed]);
}

/** The entries in the order in which they were written, each with its change, and after them those that are new. */
function byKey<T>(
  written: readonly T[],
  patch: readonly PatchValue[],
  key: string,
  change: (entry: T | undefined, patch: PatchValue) => T,
): T[] {
  const keyOf = (entry: unknown) => (isObject(entry) ? entry[key] : undefined);
  const changes = new Map(patch.map((entry) => [keyOf(entry), entry]));
  const changed = written.map((entry) => {
    const own = changes.get(keyOf(entry));
    changes.delete(keyOf(entry));
    return own === undefined ? entry : change(entry, own);
  });
  return [...changed, ...[...changes.values()].map((entry) => change(undefined, entry))];
}

function isList(value: PatchValue | undefined): value is readonly PatchValue[] {
  return Array.isArray(value);
}

/** Whether it changes an object field by field. */
export function isPatch(value: PatchValue | undefined): value is Patch {
  return isObject(value);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
