/**
 * What is given, without what is `undefined`: it must not take a default's place when the two are spread together, as in
 * `{ ...defaults, ...defined(given) }`.
 */
export function defined<T extends object>(given: T): T {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as T;
}
