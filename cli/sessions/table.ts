import { tableCell } from "../shared/markdown";
import type { Review } from "./review";
import type { Person } from "./person";

/** A line of titles, and one or more lines for each person. */
export type Table = readonly (readonly string[])[];

/** One line for each person. */
export function peopleTable(people: readonly Person[]): Table {
  const titles = ["E-MAIL", "SIGNS IN BY", "STATE", "ADMITTED", "SESSIONS", "LAST SIGN-IN", "UNTIL"];
  return [
    titles,
    ...people.map((person) => [
      ...who(person),
      String(person.sessions.length),
      lastSignIn(person),
      minute(latest(person.sessions.map(({ expires_at }) => expires_at))),
    ]),
  ];
}

/** A line for each service that a person may open, and one without a service for a person who may open none. */
export function reviewTable(review: Review): Table {
  const titles = ["E-MAIL", "SIGNS IN BY", "STATE", "ADMITTED", "LAST SIGN-IN", "SERVICE", "WHY"];
  const isSeen = review.some(({ services }) => services.some(({ lastSeen }) => lastSeen !== undefined));
  const seen = (cell: string) => (isSeen ? [cell] : []);
  return [
    [...titles, ...seen("LAST SEEN")],
    ...review.flatMap(({ services, ...person }) => {
      const start = [...who(person), lastSignIn(person)];
      if (services.length === 0) return [[...start, "", "", ...seen("")]];
      return services.map(({ url, why, lastSeen }) => [...start, url, why, ...seen(minute(lastSeen))]);
    }),
  ];
}

/** For a terminal. */
export function asText(table: Table): string {
  const widths = (table[0] ?? []).map((_, column) =>
    Math.max(...table.map((cells) => (cells[column] ?? "").length)),
  );
  return table
    .map((cells) =>
      cells
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** For a pull request or a report. */
export function asMarkdown([titles = [], ...rows]: Table): string {
  return [titles, titles.map(() => "---"), ...rows.map((cells) => cells.map(tableCell))]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");
}

function who({ name, providers, isActive, isAdmitted }: Person): string[] {
  return [name, providers.join(", "), isActive ? "active" : "inactive", isAdmitted ? "yes" : "no"];
}

function lastSignIn({ sessions }: Person): string {
  return minute(latest(sessions.map(({ authenticated_at }) => authenticated_at)));
}

/** Kratos' times are in UTC and in one format, so the last one in alphabetical order is the latest. */
function latest(times: readonly string[]): string | undefined {
  return [...times].sort().at(-1);
}

function minute(time: string | undefined): string {
  return time === undefined || time === "" ? "" : `${time.slice(0, 16).replace("T", " ")}Z`;
}
