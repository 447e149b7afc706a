import { all, Output, output, type OutputInstance } from "@pulumi/pulumi";
import type { ComponentResource } from "@pulumi/pulumi/resource";
import {
  argument,
  describeProblem,
  isOpen,
  propertyOf,
  type Path,
  type Problem,
} from "../../documents/shared/problem";
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
  readonly value: Output<unknown> | Promise<unknown>;
}

/** Arguments as far as they are known. Resources in them stay what they are. */
export function knownOf<T>(args: T): Known<T> {
  return plain(args, [], []) as Known<T>;
}

/** Whether nothing in them is known only later. */
export function isKnown(args: unknown): boolean {
  return laterOf(args).length === 0;
}

/** What is wrong with arguments as far as they are known; nothing is reported about what holds an output. */
export function problemsOfKnown<T>(path: Path, args: T, problems: Check<T>): Problem[] {
  const later: Later[] = [];
  const known = plain(args, [], later) as Known<T>;
  const open = later.map(({ keys }) => path(propertyOf(keys)));
  return problems(path, known).filter((problem) => !isOpen(problem, open));
}

/** What {@link checked} has returned: a component's parts get it, and report nothing about it a second time. */
const checkedOutputs = new WeakSet<Output<unknown> | Promise<unknown>>();

/** A pure function over plain data, which reports nothing about what is absent. */
export type Check<T> = (path: Path, known: Known<T>) => readonly Problem[];

/**
 * Refuses a component for what is wrong with its arguments, as {@link checked} does. For a component whose children may
 * use its arguments before their outputs are checked.
 *
 * @throws ComponentProblem with all that is wrong
 */
export function refuseArguments<T>(
  component: ComponentResource,
  subject: string,
  args: T,
  problems: Check<T>,
): void {
  checked(component, subject, argument, args, problems);
}

/**
 * Checks a component's arguments: plain values at once, with all mistakes in one report, and what an output holds as
 * soon as it is known, which for most is still in preview. What is wrong only with several outputs together fails the
 * run once all of them are known.
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
  const problemsOf = (what: T) => problemsOfKnown(path, what, problems);
  const refuseOf = (found: readonly Problem[]) => {
    refuse(component, subject, found);
  };
  // The other outputs are still in there: a list with one of them is not known without it.
  const withOne = (keys: Keys, held: unknown) => problemsOf(replaced(args, keys, held) as T);
  const gated = (value: unknown, keys: Keys): unknown => {
    if (isLater(value)) {
      if (checkedOutputs.has(value)) return value;
      const result = (output(value) as Output<unknown>).apply((held) => {
        refuseOf(withOne(keys, held));
        return held;
      });
      checkedOutputs.add(result);
      return result;
    }
    if (Array.isArray(value)) return value.map((item: unknown, index) => gated(item, [...keys, index]));
    if (!isPlainObject(value)) return value;
    return mapped(value, (inner, key) => gated(inner, [...keys, key]));
  };
  refuseOf(problemsOf(args));
  const later = laterOf(args).filter(({ value }) => !checkedOutputs.has(value));
  if (later.length > 1)
    all(later.map(({ value }) => value)).apply((held) => {
      const filled = later.map(({ keys }, at) => ({ keys, held: held[at] }));
      const reported = filled.flatMap((one) => withOne(one.keys, one.held)).map(describeProblem);
      const whole = filled.reduce<unknown>((partly, one) => replaced(partly, one.keys, one.held), args) as T;
      refuseOf(problemsOf(whole).filter((problem) => !reported.includes(describeProblem(problem))));
    });
  return gated(args, []) as T;
}

function laterOf(args: unknown): readonly Later[] {
  const later: Later[] = [];
  plain(args, [], later);
  return later;
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
