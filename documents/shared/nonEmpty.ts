/** A list that cannot be empty. */
export type NonEmpty<T> = readonly [T, ...T[]];

/** Returns the list itself, after checks have shown that it has an entry. */
export function nonEmpty<T>(list: readonly T[]): NonEmpty<T> {
  const [first, ...others] = list;
  if (first === undefined) throw new RangeError("a list without an entry");
  return [first, ...others];
}
