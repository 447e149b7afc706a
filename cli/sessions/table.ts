import { tableCell } from "../shared/markdown";
import type { Person } from "./person";

const titles = ["E-MAIL", "SIGNS IN BY", "STATE", "ADMITTED", "SESSIONS", "LAST SIGN-IN", "UNTIL"] as const;

/** People as a table for a terminal, one a line. */
export function peopleTable(people: readonly Person[]): string {
  const rows = [titles, ...people.map(row)];
  const widths = titles.map((_, column) => Math.max(...rows.map((cells) => (cells[column] ?? "").length)));
  return rows
    .map((cells) =>
      cells
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** The same for a pull request or a report. */
export function peopleMarkdown(people: readonly Person[]): string {
  return [titles, titles.map(() => "---"), ...people.map((person) => row(person).map(tableCell))]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");
}

function row({ name, providers, isActive, isAdmitted, sessions }: Person): string[] {
  return [
    name,
    providers.join(", "),
    isActive ? "active" : "inactive",
    isAdmitted ? "yes" : "no",
    String(sessions.length),
    minute(latest(sessions.map(({ authenticated_at }) => authenticated_at))),
    minute(latest(sessions.map(({ expires_at }) => expires_at))),
  ];
}

/** Kratos' times are UTC and of one form, so that the last of them by letters is the latest. */
function latest(times: readonly string[]): string | undefined {
  return [...times].sort().at(-1);
}

function minute(time: string | undefined): string {
  return time === undefined ? "" : `${time.slice(0, 16).replace("T", " ")}Z`;
}
