import { Output } from "@pulumi/pulumi";
import { found, within, type Path, type Problem } from "../../documents/shared/problem";
import { isRecord } from "../../documents/shared/record";

/**
 * A merge patch: objects merge field by field, null removes a field, anything else replaces the old value. In a pod,
 * `containers`, `initContainers`, `volumes` and `env` merge entry by entry, by their names, and `volumeMounts` by
 * `mountPath`, as with `kubectl patch`: an entry that is not there yet is added.
 * @see https://www.rfc-editor.org/rfc/rfc7386
 */
export interface Patch {
  /** A field of the object: a value replaces it, an object is merged into it, null removes it. */
  readonly [field: string]: PatchValue;
}
/** The new value of a field. */
export type PatchValue = null | boolean | number | string | readonly PatchValue[] | Patch;

/** What a component wrote, changed by a user's patch. */
export function patched<T>(written: T, patch: Patch | undefined): T {
  return patch ? (merged(written, patch) as T) : written;
}

/** One patch with the effect of the first and then the second. */
export function bothPatches(first: PatchValue | undefined, second: PatchValue, field = ""): PatchValue {
  const key = keys[field];
  if (key !== undefined && isList(first) && isList(second)) return byKey(first, second, key, bothPatches);
  if (!isPatch(second) || !isPatch(first)) return second;
  const changed = Object.entries(second).map(
    ([name, value]) => [name, bothPatches(first[name], value, name)] as const,
  );
  return { ...first, ...Object.fromEntries(changed) };
}

/** The keys by which entries of a pod's lists are told apart; any other list is replaced as a whole. */
const keys: Readonly<Record<string, string>> = {
  containers: "name",
  initContainers: "name",
  volumes: "name",
  env: "name",
  volumeMounts: "mountPath",
};

/** Changes in a patch that would turn its object into another one, or leave nothing of it. */
export function patchProblems(path: Path, patch: unknown): Problem[] {
  if (!isRecord(patch)) return [];
  const { metadata = {}, spec = {} } = patch;
  return [
    ...fixedProblems(path, patch, ["apiVersion", "kind"]),
    ...(isRecord(metadata)
      ? fixedProblems(within(path, "metadata"), metadata, ["name", "namespace", "generateName"])
      : [isFixed(path("metadata"), metadata)]),
    ...(isRecord(spec) ? [] : [isNoSpec(path("spec"), spec)]),
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
    reason: "would make another object: a patch cannot change kind, name or namespace",
    fix: "Leave it out.",
  };
}

function isNoSpec(path: string, value: unknown): Problem {
  return {
    path,
    value: found(value),
    reason: "would take everything from the object: a patch can change only fields of spec",
    fix: "Write the fields to change, or leave it out.",
  };
}

function merged(written: unknown, patch: PatchValue, field = ""): unknown {
  const key = keys[field];
  const isByKey = key !== undefined && isList(patch);
  if (!isPatch(patch) && !isByKey) return patch;
  if (Output.isInstance(written)) return written.apply((value) => merged(value, patch, field));
  if (isByKey) return byKey(Array.isArray(written) ? written : [], patch, key, merged);
  const given = isRecord(written) ? written : {};
  const changed = Object.entries(patch).flatMap(([name, value]) =>
    value === null ? [] : [[name, merged(given[name], value, name)] as const],
  );
  const kept = Object.entries(given).filter(([name]) => !(name in patch));
  return Object.fromEntries([...kept, ...changed]);
}

/** The entries in the order in which they were written, each with its change, followed by the new ones. */
function byKey<T>(
  written: readonly T[],
  patch: readonly PatchValue[],
  key: string,
  change: (entry: T | undefined, patch: PatchValue) => T,
): T[] {
  const keyOf = (entry: unknown) => (isRecord(entry) ? entry[key] : undefined);
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
  return isRecord(value);
}
