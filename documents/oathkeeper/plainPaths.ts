import { maxPath } from "../rules/routeForms";
import { found, type Problem } from "../shared/problem";

const pathPattern = /^\/(?:[A-Za-z0-9._~@:+=-]+\/)*[A-Za-z0-9._~@:+=-]*$/;

/** Checks that a Rule can carry a path as it is, and that every upstream reads the path in the same way. */
export function plainPathProblems(path: string, text: string): Problem[] {
  const problem = (reason: string, fix: string): Problem[] => [{ path, value: found(text), reason, fix }];
  if (!pathPattern.test(text))
    return problem(
      "is not a plain path",
      'Start it with a slash and join with single slashes what needs no escape: letters, digits and . _ ~ @ : + = -, for example "/healthz".',
    );
  if (/\/\.{1,2}(?:\/|$)/.test(text))
    return problem("has a segment of dots", "Write the path that it leads to.");
  return [];
}

/**
 * Checks the total length of a Rule's paths, which is at most that of one path.
 * @param because why that matters
 * @param shorter what to name instead
 */
export function lengthProblems(
  path: string,
  texts: readonly string[],
  because: string,
  shorter = "ones",
): Problem[] {
  const length = texts.reduce((sum, text) => sum + text.length, 0);
  if (length <= maxPath) return [];
  return [
    {
      path,
      value: `${length} characters`,
      reason: `has more than ${maxPath} characters in all, and ${because}`,
      fix: `Name shorter ${shorter}.`,
    },
  ];
}

/** The problem with a path that stands for everything below it too. */
export function endsInSlash(path: string, text: string): Problem {
  const fix = `Write "${text.replace(/\/+$/, "")}", which is itself part of it too.`;
  return { path, value: found(text), reason: "ends in a slash", fix };
}

/** Whether a path is the same as another one, or below it. */
export function isWithin(path: string, above: string): boolean {
  return path === above || path.startsWith(above === "/" ? above : `${above}/`);
}
