import { Output, output, type Input, type OutputInstance } from "@pulumi/pulumi";
import type { ComponentResource } from "@pulumi/pulumi/resource";
import { argument, isOpen, propertyOf, type Path, type Problem } from "../../documents/shared/problem";
import { refuse } from "./errors";

type Plain = string | number | boolean | null | undefined;

/** Arguments as plain data: what an output holds is absent until it is known. */
export type Known<T> = T extends Plain
  ? T
  : T extends Promise<infer Value>
    ? Known<Value>
    : T extends OutputInstance<infer Value>
      ? Known<Value>
      : T extends readonly (infer Item)[]
        ? readonly Known<Item>[]
        : T extends object
          ? { readonly [Key in keyof T]?: Known<T[Key]> | undefined }
          : T;

type Keys = readonly (string | number)[];

/** A part of arguments that is known only later. */
interface Later {
  readonly keys: Keys;
  readonly value: Input<unknown>;
}

/** Arguments as far as they are known. Resources in them stay what they are. */
export function knownOf<T>(args: T): Known<T> {
  return plain(args, [], []) as Known<T>;
}

/** Whether nothing in them is known only later. */
export function isKnown(args: unknown): boolean {
  const later: Later[] = [];
  plain(args, [], later);
  return later.length === 0;
}

/** What is wrong with arguments as far as they are known; nothing is reported about what holds an output. */
export function problemsOfKnown<T>(path: Path, args: T, problems: Check<T>): Problem[] {
  const later: Later[] = [];
  const known = plain(args, [], later) as Known<T>;
  const open = later.map(({ keys }) => path(propertyOf(keys)));
  return problems(path, known).filter((problem) => !isOpen(problem, open));
}

/**
 * Refuses a component for what is wrong with its arguments as far as they are known.
 *
 * @throws ComponentProblem with all that is wrong
 */
export function refuseKnown<T>(
  component: ComponentResource,
  subject: string,
  args: T,
  problems: Check<T>,
): void {
  refuse(component, subject, problemsOfKnown(argument, args, problems));
}

/** A pure function over plain data, which reports nothing about what is absent. */
export type Check<T> = (path: Path, known: Known<T>) => readonly Problem[];

/**
 * Checks a component's arguments: plain values at once, with all mistakes in one report, and what an output holds as
 * soon as it is known, which for most is still in preview.
 *
 * @returns the arguments, whose outputs hold nothing that was not checked
 * @throws ComponentProblem
 */
export function checked<T>(
  component: ComponentResource,
  subject: string,
  path: Path,
  args: T,
  problems: Check<T>,
): T {
  const refuseOf = (what: T) => {
    refuse(component, subject, problemsOfKnown(path, what, problems));
  };
  const gated = (value: unknown, keys: Keys): unknown => {
    if (isLater(value)) {
      return (output(value) as Output<unknown>).apply((held) => {
        // The other outputs are still in there: a list with one of them is not known without it.
        refuseOf(replaced(args, keys, held) as T);
        return held;
      });
    }
    if (Array.isArray(value)) return value.map((item: unknown, index) => gated(item, [...keys, index]));
    if (!isPlainObject(value)) return value;
    return mapped(value, (inner, key) => gated(inner, [...keys, key]));
  };
  refuseOf(args);
  return gated(args, []) as T;
}

function plain(value: unknown, keys: Keys, later: Later[]): unknown {
  if (isLater(value)) {
    later.push({ keys, value });
    return undefined;
  }
  if (Array.isArray(value)) {
    const items = value.map((item: unknown, index) => plain(item, [...keys, index], later));
    // Nothing is reported about a list with a hole.
    return items.includes(undefined) ? undefined : items;
  }
  return isPlainObject(value) ? mapped(value, (inner, key) => plain(inner, [...keys, key], later)) : value;
}

/** Unchanged if the path to it is not known itself. */
function replaced(value: unknown, keys: Keys, by: unknown): unknown {
  const [key, ...rest] = keys;
  if (key === undefined) return by;
  if (Array.isArray(value))
    return value.map((item: unknown, at) => (at === key ? replaced(item, rest, by) : item));
  if (!isPlainObject(value)) return value;
  return { ...value, [key]: replaced(value[key], rest, by) };
}

function mapped(
  value: Readonly<Record<string, unknown>>,
  map: (inner: unknown, key: string) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, map(inner, key)] as const));
}

function isLater(value: unknown): value is Output<unknown> | Promise<unknown> {
  return Output.isInstance(value) || value instanceof Promise;
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
