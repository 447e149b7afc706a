import type { Severity } from "@pulumi/policy";
import { tableCell } from "../shared/markdown";

/** One line of a report. */
export interface Item {
  /** Only errors fail a check. */
  readonly level: "error" | "warning" | "note";
  /** The severity of a policy's finding. */
  readonly severity?: Severity;
  /** The name of the policy, or another source. */
  readonly source: string;
  readonly message: string;
}

export interface Report {
  readonly stack: string;
  /** How many resources would be created, updated and so on. */
  readonly changes: Readonly<Record<string, number>>;
  readonly items: readonly Item[];
}

const levels = ["error", "warning", "note"] as const;
const severities = [undefined, "critical", "high", "medium", "low"] as const;

export function passes({ items }: Report): boolean {
  return items.every(({ level }) => level !== "error");
}

/** For a terminal. */
export function asText(report: Report): string {
  const lines = sorted(report).map(
    (item) => `  ${item.level.padEnd(8)}${sourceOf(item)}: ${indented(item.message)}`,
  );
  return [`${summary(report)} ${changes(report)}`, ...lines].join("\n");
}

/** For a pull request. */
export function asMarkdown(report: Report): string {
  const rows = sorted(report).map(
    (item) => `| ${item.level} | ${tableCell(sourceOf(item))} | ${tableCell(item.message)} |`,
  );
  const table = rows.length === 0 ? [] : ["", "|  | Check | Finding |", "| --- | --- | --- |", ...rows];
  return [`### ${summary(report)}`, "", changes(report), ...table].join("\n");
}

function summary({ stack, items }: Report): string {
  const counts = levels.flatMap((level) => {
    const count = items.filter((item) => item.level === level).length;
    return count === 0 ? [] : [`${String(count)} ${level}${count === 1 ? "" : "s"}`];
  });
  return `Check of the stack ${stack}: ${counts.length === 0 ? "nothing found" : counts.join(", ")}.`;
}

function changes(report: Report): string {
  const { same = 0, ...changing } = report.changes;
  const parts = Object.entries(changing).map(([what, count]) => `${String(count)} to ${what}`);
  return `${parts.length === 0 ? "No changes" : parts.join(", ")}, ${String(same)} unchanged.`;
}

/** What fails the check first; within each level, items that are not from a policy, then the most severe ones. */
function sorted({ items }: Report): Item[] {
  return levels.flatMap((level) =>
    severities.flatMap((severity) =>
      items.filter((item) => item.level === level && item.severity === severity),
    ),
  );
}

function sourceOf({ source, severity }: Item): string {
  return severity === undefined ? source : `${source} (${severity})`;
}

function indented(text: string): string {
  return text.trim().replaceAll("\n", "\n    ");
}
