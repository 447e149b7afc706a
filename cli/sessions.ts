import { parseArgs } from "node:util";
import { Failure } from "./shared/failure";
import { namedCluster } from "./shared/kubeconfig";
import { runMain } from "./shared/progress";
import { withAdminApi, type AdminApi } from "./sessions/adminApi";
import { gatewayOf, peopleNamed, peopleOf, type Person } from "./sessions/person";
import { peopleTable } from "./sessions/table";
import { stackOutputs } from "./stackOutputs";

const HELP = `usage: sessions list
       sessions revoke --email ADDRESS...  [--dry-run]
       sessions revoke --not-admitted      [--dry-run]
       sessions restore --email ADDRESS... [--dry-run]
                with  --stack NAME | --outputs FILE, and --kubeconfig FILE [--yes]

Shows who can enter through a gateway, ends sessions, and keeps people out. It asks the identity server's admin API by a
port-forward of kubectl: nothing is opened in the cluster.
  revoke --email         ends all sessions of these people, who may sign in again
  revoke --not-admitted  deactivates everybody whom the stack, as it was last brought up, no longer admits, and ends their sessions
  restore --email        lets deactivated people sign in again
  --dry-run              changes nothing; exits with 2 where something would change
  --stack, --outputs     the stack of the pulumi command line, or a file with its outputs as JSON
  --kubeconfig FILE      its cluster; asks first, unless --yes`;

const DRY_RUN_FOUND_SOMETHING = 2;

/** One change to one person, and what it is called once it is done. */
interface Change {
  readonly done: string;
  readonly apply: () => Promise<void>;
}

runMain(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      email: { type: "string", multiple: true, default: [] },
      "not-admitted": { type: "boolean", default: false },
      "dry-run": { type: "boolean", default: false },
      stack: { type: "string" },
      outputs: { type: "string" },
      kubeconfig: { type: "string" },
      yes: { type: "boolean", default: false },
    },
  });
  const command = positionals.join(" ");
  const select = selection(command, values.email, values["not-admitted"]);
  const { kubeconfig, yes } = values;
  const outputs = await stackOutputs(values);
  if (!outputs || kubeconfig === undefined) throw new Failure(HELP);
  const { namespace, admissions } = gatewayOf(outputs);
  const cluster = await namedCluster(kubeconfig, { yes });
  await withAdminApi(cluster, namespace, async (api) => {
    const people = select(peopleOf(await api.identities(), await api.sessions(), admissions));
    if (command === "list") {
      process.stdout.write(`${peopleTable(people)}\n`);
      return;
    }
    const changed = await carryOut(
      people,
      (person) => changesOf(command, values["not-admitted"], person, api),
      {
        isDryRun: values["dry-run"],
      },
    );
    if (values["dry-run"] && changed > 0) process.exitCode = DRY_RUN_FOUND_SOMETHING;
  });
});

type Selection = (people: readonly Person[]) => Person[];

/** Whom a command is about; whoever is inactive already needs no revoking. */
function selection(command: string, emails: readonly string[], notAdmitted: boolean): Selection {
  const isNamed = emails.length > 0;
  if (command === "list" && !notAdmitted)
    return (people) => (isNamed ? peopleNamed(people, emails) : [...people]);
  if (command === "revoke" && notAdmitted && !isNamed)
    return (people) => people.filter(({ isAdmitted, isActive }) => isActive && !isAdmitted);
  if (["revoke", "restore"].includes(command) && isNamed && !notAdmitted)
    return (people) => peopleNamed(people, emails);
  throw new Failure(HELP);
}

function changesOf(command: string, notAdmitted: boolean, person: Person, api: AdminApi): Change[] {
  const { id, isActive, sessions } = person;
  if (command === "restore")
    return isActive ? [] : [{ done: "may sign in again", apply: () => api.setState(id, "active") }];
  const end = {
    done: sessions.length === 1 ? "1 session ended" : `${sessions.length} sessions ended`,
    apply: () => api.endSessions(id),
  };
  // In this order: between the two nobody can begin another session.
  if (notAdmitted) return [{ done: "deactivated", apply: () => api.setState(id, "inactive") }, end];
  return sessions.length > 0 ? [end] : [];
}

/** Carries out every change, a line a person, and says how many people it changed. */
async function carryOut(
  people: readonly Person[],
  changesFor: (person: Person) => Change[],
  { isDryRun }: { readonly isDryRun: boolean },
): Promise<number> {
  let changed = 0;
  for (const person of people) {
    const changes = changesFor(person);
    if (!isDryRun) for (const { apply } of changes) await apply();
    const text = changes.length > 0 ? changes.map(({ done }) => done).join(", ") : "nothing to change";
    process.stdout.write(`${person.name}: ${isDryRun && changes.length > 0 ? `would be: ${text}` : text}\n`);
    if (changes.length > 0) changed += 1;
  }
  if (people.length === 0) process.stdout.write("Everybody is admitted, or inactive already.\n");
  return changed;
}
