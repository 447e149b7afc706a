import { printJson } from "../shared/options";
import { peopleNamed } from "./person";
import { peopleMarkdown, peopleTable } from "./table";
import { withPeople, type SessionsTarget } from "./target";

/** Prints everybody, or those who are named. */
export async function list(
  target: SessionsTarget,
  emails: readonly string[],
  format: "text" | "markdown" | "json",
): Promise<void> {
  await withPeople(target, (all) => {
    const people = emails.length > 0 ? peopleNamed(all, emails) : all;
    if (format === "json") printJson(people);
    else process.stdout.write(`${format === "markdown" ? peopleMarkdown(people) : peopleTable(people)}\n`);
    return Promise.resolve();
  });
}
