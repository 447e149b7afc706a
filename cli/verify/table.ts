import { styleText } from "node:util";
import { tableCell } from "../shared/markdown";
import { errorMessage } from "../../documents/shared/errorMessage";

/** One line of the proof: what must be true, and how to check it. */
export interface Expectation {
  /** The situation, as a person would describe it. */
  readonly when: string;
  /** The expected result. */
  readonly expected: string;
  /** Other acceptable results, which are then shown as the expected one. @default nothing */
  readonly alternatives?: readonly string[];
  /** Returns the actual result, which is equal to `expected` if all is well. A thrown error is shown as the result. */
  readonly find: () => Promise<string>;
}

export interface Finding {
  readonly when: string;
  readonly expected: string;
  readonly found: string;
}

export function holds({ expected, found }: Finding): boolean {
  return expected === found;
}

/** Checks the expectations one after the other, and shows each result as soon as it is known. */
export async function examine(
  expectations: readonly Expectation[],
  show: (finding: Finding) => void,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { when, expected, alternatives = [], find } of expectations) {
    const found = await find().catch((error: unknown) => errorMessage(error));
    const finding = { when, expected: alternatives.includes(found) ? found : expected, found };
    findings.push(finding);
    show(finding);
  }
  return findings;
}

/** Expectations that do not affect each other: the check of the first one starts all of them. */
export function atOnce(expectations: readonly Expectation[]): Expectation[] {
  const each = expectations.map((expectation) => {
    let found: Promise<string> | undefined;
    return { ...expectation, find: () => (found ??= expectation.find()) };
  });
  return each.map((expectation) => ({
    ...expectation,
    find: () => {
      // A failure is reported when it is its turn.
      for (const { find } of each) find().catch(() => undefined);
      return expectation.find();
    },
  }));
}

/** A finding as lines of a table: one line if it holds, with the difference below it if it does not. */
export function row(finding: Finding, colour = process.stdout.isTTY): string {
  const ok = holds(finding);
  const mark = ok ? "✓" : "✗";
  const painted = colour ? styleText(ok ? "green" : "red", mark) : mark;
  const line = `${painted} ${finding.when.padEnd(66)} ${finding.expected}`;
  return ok ? line : `${line}\n    found: ${finding.found.replaceAll("\n", "\n           ")}`;
}

/** The closing line; test runners and people look for it. */
export function summary(findings: readonly Finding[]): string {
  const passed = findings.filter(holds).length;
  return `${passed} passed, ${findings.length - passed} failed`;
}

/** For a pull request: failures first. */
export function asMarkdown(findings: readonly Finding[]): string {
  const broken = findings.filter((finding) => !holds(finding));
  const rows = [...broken, ...findings.filter(holds)].map((finding) =>
    [holds(finding) ? "✓" : "✗", finding.when, finding.expected, holds(finding) ? "" : finding.found]
      .map(tableCell)
      .join(" | "),
  );
  return [`### ${summary(findings)}`, "", "|  | When | Expected | Found |", "| --- | --- | --- | --- |"]
    .concat(rows.map((cells) => `| ${cells} |`))
    .concat("")
    .join("\n");
}
