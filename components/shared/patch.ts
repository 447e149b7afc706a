import { Output } from "@pulumi/pulumi";
import { found, within, type Path, type Problem } from "../../documents/shared/problem";

/**
 * A merge patch: objects merge field by field, null removes a field, anything else takes the place of what was there.
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

function merged(written: unknown, patch: PatchValue): unknown {
  if (!isPatch(patch)) return patch;
  if (Output.isInstance(written)) return written.apply((value) => merged(value, patch));
  const given = isObject(written) ? written : {};
  const changed = Object.entries(patch).flatMap(([field, value]) =>
    value === null ? [] : [[field, merged(given[field], value)] as const],
  );
  const kept = Object.entries(given).filter(([field]) => !(field in patch));
  return Object.fromEntries([...kept, ...changed]);
}

/** Whether it changes an object field by field. */
export function isPatch(value: PatchValue | undefined): value is Patch {
  return isObject(value);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
