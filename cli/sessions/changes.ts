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
  return withPeople(
    options,
    (all, api, admissions) => change(plan, plan.select(all, admissions), api, options),
    (options.dryRun ?? false) ? undefined : plan.action,
  );
}

/** Changes these people, and says how many. Also where one change fails, what was done before it is printed. */
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

/** Nothing is told of somebody whose first change fails. */
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
