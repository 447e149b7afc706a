import { csv } from "../shared/csv";
import { printJson } from "../shared/options";
import { allRules } from "../shared/rules";
import { lastUses } from "./auditLog";
import { peopleNamed } from "./person";
import { reviewOf } from "./review";
import { asMarkdown, asText, peopleTable, reviewTable, type Table } from "./table";
import { withPeople, type SessionsTarget } from "./target";

type Format = "text" | "markdown" | "csv" | "json";

export interface ListOptions {
  /** The people to show. @default everybody */
  readonly emails: readonly string[];
  /** Whether to show which services they may open. */
  readonly services: boolean;
  /** File of the proxy's log, for when they last used a service. */
  readonly auditLog: string | undefined;
  readonly format: Format;
}

/** Prints everybody, or the people who are named. */
export async function list(target: SessionsTarget, options: ListOptions): Promise<void> {
  const { emails, services, auditLog, format } = options;
  const uses = auditLog === undefined ? undefined : await lastUses(auditLog);
  await withPeople(target, async (all) => {
    const people = emails.length > 0 ? peopleNamed(all, emails) : all;
    const review = services ? reviewOf(people, await allRules(target), uses) : undefined;
    if (format === "json") printJson(review ?? people);
    else process.stdout.write(written(review ? reviewTable(review) : peopleTable(people), format));
  });
}

function written(table: Table, format: Exclude<Format, "json">): string {
  if (format === "csv") return csv(table);
  return `${format === "markdown" ? asMarkdown(table) : asText(table)}\n`;
}
