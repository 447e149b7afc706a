import { Command, CommanderError, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { exitCodes } from "./failure";

const EXIT_CODES = `
Exit codes:
  0   all is well
  ${exitCodes.failed}   the command failed, and says why on standard error
  ${exitCodes.found}   something must be fixed (check, verify), would be changed (sessions --dry-run), or is refused (explain)
  ${exitCodes.usage}  the command line is wrong`;

/** Combines commands under one name. */
export function commandLine(
  name: string,
  description: string,
  version: string,
  commands: readonly CommandUnknownOpts[],
): CommandUnknownOpts {
  const program = new Command(name)
    .description(description)
    .version(version, "--version", "print the version")
    .helpOption("--help", "explain this command")
    .showSuggestionAfterError()
    .exitOverride()
    .addHelpText("after", EXIT_CODES);
  for (const command of commands) {
    for (const one of [command, ...command.commands]) one.copyInheritedSettings(program);
    program.addCommand(command);
  }
  return program;
}

/** Runs a command line. Errors have been printed when this resolves. */
export async function runCommandLine(program: CommandUnknownOpts, args: readonly string[]): Promise<void> {
  try {
    await program.parseAsync([...args], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) process.exitCode = exitCodes.usage;
  }
}
