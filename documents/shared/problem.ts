/** One mistake in what the user gave, ready to be printed: no stack, no secret. */
export interface Problem {
  /** Property path as the user wrote it, for example `services.vmagent.hosts[0]`. */
  readonly path: string;
  /** What was found, quoted as JSON so that quotes and newlines are visible. */
  readonly value: string;
  /** Why it cannot be. */
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
