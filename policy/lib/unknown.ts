import { UnknownValueError } from "@pulumi/policy";

/**
 * Visits every item, even after one with a value that a preview does not know yet. Such a value ends the whole policy with
 * a note, but only after the last item, so that no problem is missed.
 */
export function* ofEach<Item, Result>(
  items: readonly Item[],
  visit: (item: Item, at: number) => Iterable<Result>,
): Generator<Result> {
  let unknown: Error | undefined;
  for (let at = 0; at < items.length; at++) {
    try {
      yield* visit(items[at] as Item, at);
    } catch (error) {
      if (!(error instanceof UnknownValueError)) throw error;
      unknown ??= error as Error;
    }
  }
  if (unknown) throw unknown;
}

/** What a function returns, or undefined if a preview does not know a value that it reads. */
export function ifKnown<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof UnknownValueError) return undefined;
    throw error;
  }
}

/** The known values of some items, and the error of the first item that a preview does not know yet. */
export function knownOf<Item, Value>(
  items: readonly Item[],
  read: (item: Item) => Value | undefined,
): { readonly values: readonly Value[]; readonly unknown: Error | undefined } {
  const values: Value[] = [];
  let unknown: Error | undefined;
  for (const item of items)
    try {
      const value = read(item);
      if (value !== undefined) values.push(value);
    } catch (error) {
      if (!(error instanceof UnknownValueError)) throw error;
      unknown ??= error as Error;
    }
  return { values, unknown };
}
