import { found, type Problem } from "./problem";

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Words that may replace numbers; the first one stands for `min`. */
  readonly words?: readonly string[];
}

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const fields: readonly Field[] = [
  { name: "minute", min: 0, max: 59 },
  { name: "hour", min: 0, max: 23 },
  { name: "day of the month", min: 1, max: 31 },
  { name: "month", min: 1, max: 12, words: months },
  { name: "day of the week", min: 0, max: 6, words: days },
];
const second: Field = { name: "second", min: 0, max: 59 };

/** A macro that replaces all fields. */
const macro =
  /^@(?:yearly|annually|monthly|weekly|daily|midnight|hourly|every (?:(?:\d+(?:\.\d*)?|\.\d+)(?:ms|s|m|h))+)$/;

/**
 * Checks the schedule of a CronJob, which the API server checks only in the middle of an update.
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax
 */
export function scheduleProblems(path: string, schedule: string): Problem[] {
  return problemsOf(path, schedule, fields, "");
}

/** The same in the form of the operator CloudNativePG, whose first field is the seconds. @see https://cloudnative-pg.io/docs/ */
export function operatorScheduleProblems(path: string, schedule: string): Problem[] {
  return problemsOf(path, schedule, [second, ...fields], "0 ");
}

function problemsOf(
  path: string,
  schedule: string,
  expected: readonly Field[],
  examplesBegin: string,
): Problem[] {
  if (macro.test(schedule)) return [];
  const names = expected.map(({ name }) => name).join(", ");
  const example = (rest: string) => found(examplesBegin + rest);
  const problem = (reason: string): Problem[] => [
    {
      path,
      value: found(schedule),
      reason,
      fix: `Write ${names}: for example ${example("17 3 * * *")} for every night at 3:17, ${example("*/5 * * * *")} for every five minutes, or "@daily".`,
    },
  ];
  const given = schedule.trim().split(/\s+/);
  if (given.length !== expected.length)
    return problem(`does not have the ${expected.length} fields of a schedule`);
  const wrong = expected.find((field, at) => !given[at]?.split(",").every((entry) => isEntry(entry, field)));
  return wrong
    ? problem(
        `has ${wrong.name === "hour" ? "an" : "a"} ${wrong.name} that is not from ${wrong.min} to ${wrong.max}`,
      )
    : [];
}

/** Whether an entry of a field's list is valid: `*`, a number or a range, with or without a step. */
function isEntry(entry: string, field: Field): boolean {
  const [, from = "", to, step] = /^(\*|\?|\w+)(?:-(\w+))?(?:\/(\d+))?$/.exec(entry) ?? [];
  if (step !== undefined && Number(step) === 0) return false;
  if (from === "*" || from === "?") return to === undefined;
  const first = numberOf(from, field);
  const last = to === undefined ? first : numberOf(to, field);
  return first >= field.min && first <= last && last <= field.max;
}

function numberOf(text: string, { min, words = [] }: Field): number {
  const word = words.indexOf(text.toLowerCase());
  if (word >= 0) return word + min;
  return /^\d+$/.test(text) ? Number(text) : NaN;
}
