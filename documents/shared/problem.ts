/** Names a property as the user wrote it: `portcullis:tls` in a stack's file, `args.tls` in a program. */
export type Path = (property: string) => string;

/** Names the arguments of a component. */
export const argument: Path = (property) => `args.${property}`;

/** Names the properties of one property, or of one entry of a list: `within(path, "hosts[0]")`. */
export function within(path: Path, outer: string): Path {
  return (property) => path(`${outer}.${property}`);
}

/** One mistake in the user's input, ready to be printed: without a stack trace, and without a secret. */
export interface Problem {
  /** Property path as the user wrote it, for example `services.vmagent.hosts[0]`. */
  readonly path: string;
  /** What was found, quoted as JSON so that quotes and newlines are visible. */
  readonly value: string;
  /** Why it is wrong. */
  readonly reason: string;
  /** What to write instead. */
  readonly fix: string;
}

/** Quotes what was found; {@link Problem.value} of anything that is not a secret. */
export function found(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}

/** The problem as one line of a report. */
export function describeProblem(problem: Problem): string {
  return `${problem.path}: ${problem.reason} (found ${problem.value}). ${problem.fix}`;
}

/** Checks a value if it is known, and reports nothing otherwise. */
export function ofKnown<T>(
  value: T | undefined,
  problems: (known: T) => readonly Problem[],
): readonly Problem[] {
  return value === undefined ? [] : problems(value);
}

/** The path of a value in its document, for example `hosts[0]`. */
export function propertyOf(keys: readonly PropertyKey[]): string {
  return keys
    .map((key, at) => (typeof key === "number" ? `[${key}]` : `${at === 0 ? "" : "."}${String(key)}`))
    .join("");
}

/** Whether the problem's property, or something inside it, is unknown or already reported. */
export function isOpen({ path }: Problem, open: readonly string[]): boolean {
  return open.some((one) => one === path || one.startsWith(`${path}.`) || one.startsWith(`${path}[`));
}
