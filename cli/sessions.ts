import { Command, InvalidArgumentError } from "@commander-js/extra-typings";
import { exitCodes, UsageError } from "./shared/failure";
import { options as shared } from "./shared/options";
import {
  carryOut,
  deactivate,
  endSessions,
  restore,
  type CarryOutOptions,
  type Plan,
} from "./sessions/changes";
import { forget, forgetAllOf, relink } from "./sessions/accounts";
import { list } from "./sessions/list";

const DESCRIPTION = `Shows who can enter through a gateway, ends sessions, keeps people out, and moves or forgets them. It asks the identity server's \
admin API through a port-forward: nothing is opened in the cluster. It shows which cluster it is about to use, and asks.`;

/** `portcullis sessions`. */
export function sessionsCommand() {
  return new Command("sessions")
    .summary("show who can enter, end sessions, keep people out, move or forget them")
    .description(DESCRIPTION)
    .addCommand(listCommand())
    .addCommand(revokeCommand())
    .addCommand(restoreCommand())
    .addCommand(relinkCommand())
    .addCommand(forgetCommand());
}

function listCommand() {
  return ofGateway("list", "show everybody, or those who are named")
    .option("--services", "a line for each service that a person may open, and why, by the cluster's Rules")
    .option(
      "--audit-log <file>",
      "with --services, when they last used each, by these lines of the proxy's log",
    )
    .addOption(shared.json().conflicts("csv"))
    .addOption(shared.markdown().conflicts("csv"))
    .option("--csv", "print the result as CSV, for a spreadsheet")
    .action(async ({ email, services = false, auditLog, json, markdown, csv, ...target }) => {
      if (auditLog !== undefined && !services) throw new UsageError("--audit-log needs --services.");
      const format = json ? "json" : markdown ? "markdown" : csv ? "csv" : "text";
      await list(target, { emails: email, services, auditLog, format });
    });
}

function revokeCommand() {
  return ofGateway("revoke", "end all sessions of people, who may sign in again")
    .option(
      "--not-admitted",
      "deactivate everybody whom the stack, as of the last pulumi up, no longer admits, and end their sessions",
    )
    .addOption(shared.dryRun())
    .addOption(shared.json())
    .action(async ({ email, notAdmitted = false, ...options }) => {
      if (email.length > 0 === notAdmitted)
        throw new UsageError("Say who: --email ADDRESS... or --not-admitted, not both.");
      await change(notAdmitted ? deactivate : endSessions(email), options);
    });
}

function restoreCommand() {
  return ofGateway("restore", "let deactivated people sign in again")
    .addOption(shared.dryRun())
    .addOption(shared.json())
    .action(async ({ email, ...options }) => {
      if (email.length === 0) throw new UsageError("Say who: --email ADDRESS...");
      await change(restore(email), options);
    });
}

function relinkCommand() {
  return ofGateway("relink", "let people sign in with a login provider that has another id now")
    .requiredOption("--from <id>", "the login provider's previous id")
    .requiredOption("--to <id>", "its id in the stack, as of the last pulumi up")
    .addOption(shared.dryRun())
    .addOption(shared.json())
    .action(({ email, from, to, ...options }) => change(relink({ from, to }, email), options));
}

function forgetCommand() {
  return ofGateway("forget", "delete people, who count as new at their next sign-in")
    .option("--provider <id>", "everybody who signs in only with this login provider")
    .addOption(shared.dryRun())
    .addOption(shared.json())
    .action(async ({ email, provider, ...options }) => {
      if (email.length > 0 === (provider !== undefined))
        throw new UsageError("Say who: --email ADDRESS... or --provider ID, not both.");
      await change(provider === undefined ? forget(email) : forgetAllOf(provider), options);
    });
}

function ofGateway(name: string, summary: string) {
  return new Command(name)
    .description(summary)
    .option("--email <addresses...>", "people by their verified addresses", nonEmpty, [] as string[])
    .addOption(shared.stack())
    .addOption(shared.outputs())
    .addOption(shared.kubeconfig("of the cluster with the gateway").makeOptionMandatory())
    .addOption(shared.context())
    .addOption(shared.yes());
}

function nonEmpty(text: string, former: string[]): string[] {
  if (text.trim() === "") throw new InvalidArgumentError("It is empty.");
  return [...former, text];
}

async function change(plan: Plan, options: CarryOutOptions): Promise<void> {
  const changed = await carryOut(plan, options);
  if (options.dryRun === true && changed > 0) process.exitCode = exitCodes.found;
}
