/** One line of a report. */
export interface Item {
  /** Only errors fail a check. */
  readonly severity: "error" | "warning" | "note";
  /** The policy, or who else says it. */
  readonly source: string;
  readonly message: string;
}

export interface Report {
  readonly stack: string;
  /** How many resources would be created, updated and so on. */
  readonly changes: Readonly<Record<string, number>>;
  readonly items: readonly Item[];
}

const severities = ["error", "warning", "note"] as const;

export function passes({ items }: Report): boolean {
  return items.every(({ severity }) => severity !== "error");
}

/** For a terminal. */
export function asText(report: Report): string {
  const lines = sorted(report).map(
    ({ severity, source, message }) => `  ${severity.padEnd(8)}${source}: ${indented(message)}`,
  );
  return [`${summary(report)} ${changes(report)}`, ...lines].join("\n");
}

/** For a pull request. */
export function asMarkdown(report: Report): string {
  const rows = sorted(report).map(
    ({ severity, source, message }) => `| ${severity} | ${cell(source)} | ${cell(message)} |`,
  );
  const table = rows.length === 0 ? [] : ["", "|  | Check | Finding |", "| --- | --- | --- |", ...rows];
  return [`### ${summary(report)}`, "", changes(report), ...table].join("\n");
}

function summary({ stack, items }: Report): string {
  const counts = severities.flatMap((severity) => {
    const count = items.filter((item) => item.severity === severity).length;
    return count === 0 ? [] : [`${String(count)} ${severity}${count === 1 ? "" : "s"}`];
  });
  return `Check of the stack ${stack}: ${counts.length === 0 ? "nothing found" : counts.join(", ")}.`;
}

function changes(report: Report): string {
  const { same = 0, ...changing } = report.changes;
  const parts = Object.entries(changing).map(([what, count]) => `${String(count)} to ${what}`);
  return `${parts.length === 0 ? "No changes" : parts.join(", ")}, ${String(same)} unchanged.`;
}

function sorted({ items }: Report): Item[] {
  return severities.flatMap((severity) => items.filter((item) => item.severity === severity));
}

function indented(text: string): string {
  return text.trim().replaceAll("\n", "\n    ");
}

/** As code: a finding quotes what the program says, which must stay text. */
function cell(text: string): string {
  const escaped = text.trim().replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll("|", "&#124;");
  return escaped.replaceAll("@", "&#64;").replaceAll("\n", "<br>");
}
