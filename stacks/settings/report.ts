import type { z } from "zod";
import { InputProblem } from "../../components/shared/errors";
import { found, propertyOf, type Problem } from "../../documents/shared/problem";
import { PROJECT } from "./project";

/** Mistakes in a stack's configuration: all of them in one report, printed without a stack trace. */
export class SettingsProblem extends InputProblem {
  constructor(problems: readonly Problem[]) {
    super("The stack's configuration", problems);
  }
}

/** The full key of a setting. */
export function key(name: string): string {
  return `${PROJECT}:${name}`;
}
type Issue = z.core.$ZodIssue;

/** What to write instead, where the schema itself has no better words. */
export const advice: z.core.$ZodErrorMap = (issue) => {
  if (issue.code === "invalid_type") return `Write ${forms[issue.expected] ?? issue.expected}.`;
  if (issue.code === "invalid_value") return `Write ${issue.values.map(found).join(" or ")}.`;
  if (issue.code === "too_small") return `Write a number above ${issue.minimum}.`;
  return undefined;
};

const forms: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  tuple: "a list",
  object: "an object",
  record: "an object",
};

const notASetting = "is not a setting";

/** Whether a problem is that of a key which no setting has. */
export function isUnknownSetting({ reason }: Problem): boolean {
  return reason === notASetting;
}

/** What is wrong with the form of a setting. */
export function problemsOf(issue: Issue, config: Readonly<Record<string, unknown>>): Problem[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((name) => ({
      path: pathOf([...issue.path, name]),
      // A misspelt key may well be that of a secret.
      value: formOf(at(config, [...issue.path, name])),
      reason: notASetting,
      fix: "Remove it, or correct its name: Pulumi.yaml lists the settings.",
    }));
  }
  const meant = issue.code === "invalid_union" ? nearest(issue.errors) : undefined;
  if (meant)
    return meant.flatMap((inner) => problemsOf({ ...inner, path: [...issue.path, ...inner.path] }, config));
  const value = at(config, issue.path);
  const reason = value === undefined ? "is missing" : "has the wrong form";
  return [{ path: pathOf(issue.path), value: shown(issue, value), reason, fix: issue.message }];
}

/** The form of a union that was most likely meant; none where the value is not even of the kind of one. */
function nearest(alternatives: readonly Issue[][]): Issue[] | undefined {
  const unknownKeys = (issues: Issue[]) => issues.filter(({ code }) => code === "unrecognized_keys").length;
  return alternatives
    .filter((issues) => issues.every(({ code, path }) => path.length > 0 || code === "unrecognized_keys"))
    .sort((one, other) => unknownKeys(one) - unknownKeys(other) || one.length - other.length)[0];
}

/** The value only where it can be no secret: a number, or a plain word where no object was expected. */
function shown(issue: Issue, value: unknown): string {
  const expectsObject = issue.code === "invalid_type" && /object|record|array|tuple/.test(issue.expected);
  const isWord = typeof value === "string" && /^[\w.-]{1,30}$/.test(value) && !expectsObject;
  return isWord || ["number", "boolean", "undefined"].includes(typeof value) ? found(value) : formOf(value);
}

function formOf(value: unknown): string {
  if (value === null) return "null";
  return (Array.isArray(value) ? forms["array"] : forms[typeof value]) ?? typeof value;
}

export function pathOf(path: readonly PropertyKey[]): string {
  return path.length === 0 ? PROJECT : key(propertyOf(path));
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key],
    value,
  );
}
