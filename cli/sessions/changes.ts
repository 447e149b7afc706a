import { printJson } from "../shared/options";
import type { AdminApi } from "./adminApi";
import { peopleNamed, type Admissions, type Person } from "./person";
import { withPeople, type SessionsTarget } from "./target";

/** One change to one person, and what it is called once it is done. */
export interface Change {
  readonly done: string;
  readonly apply: (api: AdminApi, person: Person) => Promise<void>;
}

/** Whom a command is about, and what becomes of each. */
export interface Plan {
  /** What Kratos' log calls it. */
  readonly action: string;
  readonly select: (people: readonly Person[], admissions: Admissions) => Person[];
  readonly changesOf: (person: Person) => Change[];
  /** What is said where it is about nobody. */
  readonly nobody?: string;
}

/** Ends all sessions of people. */
export function endSessions(emails: readonly string[]): Plan {
  return {
    action: "end-sessions",
    select: (people) => peopleNamed(people, emails),
    changesOf: (person) => (person.sessions.length > 0 ? [sessionsEnded(person)] : []),
  };
}

/** Keeps out whom no login provider would let in today; whoever is inactive already needs nothing. */
export const deactivate: Plan = {
  action: "deactivate",
  select: (people) => people.filter(({ isAdmitted, isActive }) => isActive && !isAdmitted),
  nobody: "Everybody is admitted, or inactive already.",
  // In this order: between the two nobody can begin another session.
  changesOf: (person) => [
    { done: "deactivated", apply: (api) => api.setState(person.id, "inactive") },
    sessionsEnded(person),
  ],
};

/** Lets people sign in again. A session that was left from before does not come back with them. */
export function restore(emails: readonly string[]): Plan {
  return {
    action: "restore",
    select: (people) => peopleNamed(people, emails),
    changesOf: (person) =>
      person.isActive
        ? []
        : [
            ...(person.sessions.length > 0 ? [sessionsEnded(person)] : []),
            { done: "may sign in again", apply: (api) => api.setState(person.id, "active") },
          ],
  };
}

function sessionsEnded({ id, sessions }: Person): Change {
  const done = sessions.length === 1 ? "1 session ended" : `${sessions.length} sessions ended`;
  return { done, apply: (api) => api.endSessions(id) };
}

export interface CarryOutOptions extends SessionsTarget {
  readonly dryRun?: boolean | undefined;
  /** Prints what was done to whom as JSON, else a line a person. */
  readonly json?: boolean | undefined;
}

/** Carries out every change, and says how many people it changed. */
export async function carryOut(plan: Plan, options: CarryOutOptions): Promise<number> {
  const { dryRun = false, json = false } = options;
  const change = async (all: readonly Person[], api: AdminApi, admissions: Admissions) => {
    const people = plan
      .select(all, admissions)
      .map((person) => ({ person, changes: plan.changesOf(person) }));
    for (const { person, changes } of people) {
      if (!dryRun) for (const { apply } of changes) await apply(api, person);
      if (!json) process.stdout.write(`${person.name}: ${sentence(changes, dryRun)}\n`);
    }
    if (json) printJson({ dryRun, people: people.map(({ person, changes }) => told(person, changes)) });
    else if (people.length === 0) process.stdout.write(`${plan.nobody ?? "Nobody is meant."}\n`);
    return people.filter(({ changes }) => changes.length > 0).length;
  };
  return withPeople(options, change, dryRun ? undefined : plan.action);
}

function sentence(changes: readonly Change[], dryRun: boolean): string {
  if (changes.length === 0) return "nothing to change";
  const text = changes.map(({ done }) => done).join(", ");
  return dryRun ? `would be: ${text}` : text;
}

function told({ id, name }: Person, changes: readonly Change[]) {
  return { id, name, changes: changes.map(({ done }) => done) };
}
