/**
 * The given properties without those that are `undefined`, which would otherwise replace defaults in
 * `{ ...defaults, ...defined(given) }`.
 */
export function defined<T extends object>(given: T): T {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as T;
}
