import type { z } from "zod";
import { InputProblem } from "../../components/shared/errors";
import { nearest } from "../../documents/shared/nearest";
import { found, propertyOf, type Path, type Problem } from "../../documents/shared/problem";
import { fieldsOf, formOf, maxFields } from "./forms";
import { PROJECT } from "./project";

/** Where settings were written, and the words in which a report talks about them. */
export interface SettingsSource {
  /** What the settings are, at the beginning of a report. */
  readonly subject: string;
  /** Names a setting. */
  readonly path: Path;
  /** Names the secret that has this key in a stack's file. */
  readonly secretPath: Path;
  /** What to do about an unknown setting. */
  readonly ofUnknown: string;
  /** The same for a field in a setting. */
  readonly ofUnknownField: string;
  /** What to do about a secret that is missing. */
  readonly ofMissingSecret: (key: string) => string;
  /** What to do about a secret that belongs to nothing. */
  readonly ofUnusedSecret: (key: string) => string;
}

/** A stack's file, where each secret has a key of its own. */
export const stackFile: SettingsSource = {
  subject: "The stack's configuration",
  path: key,
  secretPath: key,
  ofUnknown: "Remove it, or correct its name: Pulumi.yaml lists the settings.",
  ofUnknownField: "Remove it, or correct its name: docs/stack.md lists the fields.",
  ofMissingSecret: (name) => `Run: pulumi config set --secret ${key(name)}`,
  ofUnusedSecret: (name) => `Run: pulumi config rm ${key(name)}`,
};

/** Mistakes in settings: all of them in one report, printed without a stack trace. */
export class SettingsProblem extends InputProblem {
  constructor({ subject }: SettingsSource, problems: readonly Problem[]) {
    super(subject, problems);
  }
}

/** The full key of a setting. */
function key(name: string): string {
  return `${PROJECT}:${name}`;
}
type Issue = z.core.$ZodIssue;

/** Separates the names of an object's fields, if they are the message of an issue. */
const SEPARATOR = " ";

/** What to write instead, if the schema itself has no better words. For an unknown field, the names of the known ones. */
export const advice: z.core.$ZodErrorMap = (issue) => {
  if (issue.code === "unrecognized_keys") return fieldsOf(issue.inst).join(SEPARATOR);
  if (issue.code === "invalid_type" && issue.expected === "string" && typeof issue.input === "number")
    return "Write text, between quotes where it is digits.";
  if (issue.code === "invalid_type") return `Write ${wanted(issue.expected, formOf(issue.inst))}.`;
  if (issue.code === "invalid_value") return `Write ${issue.values.map(found).join(" or ")}.`;
  if (issue.code === "too_small") return `Write a number above ${issue.minimum}.`;
  return undefined;
};

function wanted(expected: string, form: string | undefined): string {
  const kind = forms[expected] ?? expected;
  if (form === undefined || form === "text" || form === "number") return kind;
  return expected === "array" ? `${kind}: ${form}` : form;
}

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

/** Whether a problem is about a key that no setting has. */
export function isUnknownSetting({ reason }: Problem): boolean {
  return reason === notASetting;
}

/** What is wrong with the form of a setting. */
export function problemsOf(
  source: SettingsSource,
  issue: Issue,
  config: Readonly<Record<string, unknown>>,
): Problem[] {
  const path = (keys: readonly PropertyKey[]) => source.path(propertyOf(keys));
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((name) => ({
      path: path([...issue.path, name]),
      // A misspelt key may well be a secret's.
      value: kindOf(at(config, [...issue.path, name])),
      reason: notASetting,
      fix: fixOfUnknown(source, name, issue),
    }));
  }
  const meant = issue.code === "invalid_union" ? nearestForm(issue.errors) : undefined;
  if (meant)
    return meant.flatMap((inner) =>
      problemsOf(source, { ...inner, path: [...issue.path, ...inner.path] }, config),
    );
  const value = at(config, issue.path);
  const reason = value === undefined ? "is missing" : "has the wrong form";
  return [{ path: path(issue.path), value: shown(issue, value), reason, fix: issue.message }];
}

/** @param issue its message is the names that exist */
function fixOfUnknown(source: SettingsSource, name: string, { message, path }: Issue): string {
  const names = message.split(SEPARATOR);
  const meant = nearest(name, names);
  if (meant !== undefined) return `Did you mean ${found(meant)}?`;
  if (path.length === 0) return source.ofUnknown;
  return names.length > maxFields ? source.ofUnknownField : `Remove it, or write one of ${names.join(", ")}.`;
}

/** The form of a union that was most likely meant; none if the value is not even of the kind of one. */
function nearestForm(alternatives: readonly Issue[][]): Issue[] | undefined {
  const unknownKeys = (issues: Issue[]) => issues.filter(({ code }) => code === "unrecognized_keys").length;
  return alternatives
    .filter((issues) => issues.every(({ code, path }) => path.length > 0 || code === "unrecognized_keys"))
    .sort((one, other) => unknownKeys(one) - unknownKeys(other) || one.length - other.length)[0];
}

/** The value only if it cannot be a secret: a number, or a plain word where no object was expected. */
function shown(issue: Issue, value: unknown): string {
  const expectsObject = issue.code === "invalid_type" && /object|record|array|tuple/.test(issue.expected);
  const isWord = typeof value === "string" && /^[\w.-]{1,30}$/.test(value) && !expectsObject;
  return isWord || ["number", "boolean", "undefined"].includes(typeof value) ? found(value) : kindOf(value);
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  return (Array.isArray(value) ? forms["array"] : forms[typeof value]) ?? typeof value;
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key],
    value,
  );
}
