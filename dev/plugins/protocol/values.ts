/** A value as it travels between the engine and a plugin. */
export type Value = null | boolean | number | string | Value[] | Properties;

export interface Properties {
  [name: string]: Value;
}

/** What the engine sends in place of a value that only a later step of the run will bring. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const SPECIAL_KEY = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/** Wraps a value so that the engine encrypts it in the state and hides it on the screen. */
export function secret(value: Value): Properties {
  return { [SPECIAL_KEY]: SECRET, value };
}

export function isProperties(value: Value | undefined): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function containsUnknown(value: Value): boolean {
  if (value === UNKNOWN) return true;
  if (Array.isArray(value)) return value.some(containsUnknown);
  return isProperties(value) && Object.values(value).some(containsUnknown);
}

/** A copy without null fields: to the API server, and to a person, they mean the same as absent ones. */
export function withoutNulls(properties: Properties): Properties {
  return Object.fromEntries(
    Object.entries(properties)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => [name, prune(value)]),
  );
}

function prune(value: Value): Value {
  if (Array.isArray(value)) return value.map(prune);
  return isProperties(value) ? withoutNulls(value) : value;
}

/** The value at a path of field names and indexes, or undefined where the path leads nowhere. */
export function at(value: Value | undefined, ...path: readonly (string | number)[]): Value | undefined {
  return path.reduce<Value | undefined>((current, step) => {
    if (Array.isArray(current)) return typeof step === "number" ? current[step] : undefined;
    return isProperties(current) ? current[String(step)] : undefined;
  }, value);
}

export function textAt(value: Value | undefined, ...path: readonly (string | number)[]): string | undefined {
  const found = at(value, ...path);
  return typeof found === "string" ? found : undefined;
}

/** The number at a path, 0 where there is none: a counter in a status is absent until it counts something. */
export function countAt(value: Value | undefined, ...path: readonly (string | number)[]): number {
  const found = at(value, ...path);
  return typeof found === "number" ? found : 0;
}

export function listAt(value: Value | undefined, ...path: readonly (string | number)[]): readonly Value[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}

export function textsAt(value: Value | undefined, ...path: readonly (string | number)[]): readonly string[] {
  return listAt(value, ...path).filter((item) => typeof item === "string");
}

export function propertiesAt(value: Value | undefined, ...path: readonly (string | number)[]): Properties {
  const found = at(value, ...path);
  return isProperties(found) ? found : {};
}

export type Path = readonly (string | number)[];

/** The paths at which two values differ, each as short as the difference is. */
export function differences(left: Value | undefined, right: Value | undefined, path: Path = []): Path[] {
  if (isProperties(left) && isProperties(right)) {
    const names = new Set([...Object.keys(left), ...Object.keys(right)]);
    return [...names].flatMap((name) => differences(left[name], right[name], [...path, name]));
  }
  if (Array.isArray(left) && Array.isArray(right) && left.length === right.length) {
    return left.flatMap((item, index) => differences(item, right[index], [...path, index]));
  }
  return left === right ? [] : [path];
}
