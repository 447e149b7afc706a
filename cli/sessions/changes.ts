import { printJson } from "../shared/options";
import type { AdminApi } from "./adminApi";
import { peopleNamed, type Admissions, type Person } from "./person";
import { withPeople, type SessionsTarget } from "./target";

/** One change to one person, and how it is described when it is done. */
export interface Change {
  readonly done: string;
  readonly apply: (api: AdminApi, person: Person) => Promise<void>;
}

/** The people whom a command is about, and the changes for each of them. */
export interface Plan {
  /** The name of the command in Kratos' log. */
  readonly action: string;
  readonly select: (people: readonly Person[], admissions: Admissions) => Person[];
  readonly changesOf: (person: Person) => Change[];
  /** The message if it is about nobody. */
  readonly nobody?: string;
}

/** Ends all sessions of these people. */
export function endSessions(emails: readonly string[]): Plan {
  return {
    action: "end-sessions",
    select: (people) => peopleNamed(people, emails),
    changesOf: (person) => (person.sessions.length > 0 ? [sessionsEnded(person)] : []),
  };
}

/**
 * Deactivates people whom no login provider would let in today. People who are already inactive need no change, and identities
 * without an account at a login provider are not judged.
 */
export const deactivate: Plan = {
  action: "deactivate",
  select: (people) =>
    people.filter(({ accounts, isAdmitted, isActive }) => isActive && accounts.length > 0 && !isAdmitted),
  nobody: "Everybody who has an account at a login provider is admitted, or inactive already.",
  // In this order, nobody can begin another session between the two changes.
  changesOf: (person) => [
    { done: "deactivated", apply: (api) => api.setState(person.id, "inactive") },
    sessionsEnded(person),
  ],
};

/** Lets people sign in again. A session from before does not become valid again. */
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
  /** Prints the people and their changes as JSON, otherwise one line for each person. */
  readonly json?: boolean | undefined;
}

/** Makes every change, and returns how many people it changed. */
export async function carryOut(plan: Plan, options: CarryOutOptions): Promise<number> {
  return withPeople(
    options,
    (all, api, admissions) => change(plan, plan.select(all, admissions), api, options),
    (options.dryRun ?? false) ? undefined : plan.action,
  );
}

/** Changes these people, and returns how many. If a change fails, what was done before is still printed. */
export async function change(
  plan: Plan,
  people: readonly Person[],
  api: AdminApi,
  { dryRun = false, json = false }: Pick<CarryOutOptions, "dryRun" | "json">,
): Promise<number> {
  const changed: Changed[] = [];
  const tell = (one: Changed) => {
    changed.push(one);
    if (!json) process.stdout.write(`${one.person.name}: ${sentence(one.changes, dryRun)}\n`);
  };
  try {
    for (const person of people) {
      const changes = plan.changesOf(person);
      if (dryRun) tell({ person, changes });
      else await applyAll(changes, person, api, tell);
    }
  } finally {
    if (json) printJson({ dryRun, people: changed.map(told) });
  }
  if (!json && people.length === 0) process.stdout.write(`${plan.nobody ?? "Nobody is meant."}\n`);
  return changed.filter(({ changes }) => changes.length > 0).length;
}

interface Changed {
  readonly person: Person;
  readonly changes: readonly Change[];
}

/** Prints nothing about a person whose first change fails. */
async function applyAll(
  changes: readonly Change[],
  person: Person,
  api: AdminApi,
  tell: (changed: Changed) => void,
): Promise<void> {
  let done = 0;
  try {
    for (const { apply } of changes) {
      await apply(api, person);
      done++;
    }
  } finally {
    if (done > 0 || changes.length === 0) tell({ person, changes: changes.slice(0, done) });
  }
}

function sentence(changes: readonly Change[], dryRun: boolean): string {
  if (changes.length === 0) return "nothing to change";
  const text = changes.map(({ done }) => done).join(", ");
  return dryRun ? `would be: ${text}` : text;
}

function told({ person: { id, name }, changes }: Changed) {
  return { id, name, changes: changes.map(({ done }) => done) };
}
