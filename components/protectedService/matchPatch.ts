import type { MatchingRule } from "../../documents/oathkeeper/ruleIndex";
import { found, type Problem } from "../../documents/shared/problem";
import { isPatch, patched, type Patch, type PatchValue } from "../shared/patch";

/** What a patch of a Rule makes unusable in its `match`, by which services are compared. */
export function matchPatchProblems(path: string, rule: Patch | undefined): Problem[] {
  const match = matchOf(rule);
  if (match === undefined) return [];
  if (!isPatch(match)) return [problem(path, match, "an object", "Write the fields to change")];
  const { url, methods } = match;
  return [
    ...(url === undefined || typeof url === "string"
      ? []
      : [problem(`${path}.url`, url, "text", "Write a URL")]),
    ...(methods === undefined || isTexts(methods)
      ? []
      : [problem(`${path}.methods`, methods, "a list of methods", "Write for example [GET]")]),
  ];
}

/** What a Rule takes, changed by its patch as far as that is usable. */
export function patchedMatch(match: MatchingRule, rule: Patch | undefined): MatchingRule {
  const change = matchOf(rule);
  return isPatch(change) && matchPatchProblems("", rule).length === 0 ? patched(match, change) : match;
}

function matchOf(rule: Patch | undefined): PatchValue | undefined {
  const spec = rule?.["spec"];
  return isPatch(spec) ? spec["match"] : undefined;
}

function isTexts(value: PatchValue): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

function problem(path: string, value: PatchValue, form: string, fix: string): Problem {
  return { path, value: found(value), reason: `is not ${form}`, fix: `${fix}, or leave it out.` };
}
