import { UsageError } from "../cli/shared/failure";
import { runMain } from "../cli/shared/progress";

/**
 * Runs a command's main function. If `--help` is among the arguments, only prints the usage.
 *
 * @param args only the command's own ones, for a command that passes the rest on
 */
export function runCommand(
  usage: string,
  main: () => Promise<void>,
  args: readonly string[] = process.argv.slice(2),
): void {
  if (args.includes("--help")) {
    process.stdout.write(`${usage}\n`);
    return;
  }
  runMain(() =>
    main().catch((error: unknown) => {
      throw isOfArguments(error) ? new UsageError(`${error.message}\n\n${usage}`) : error;
    }),
  );
}

/** Whether `parseArgs` could not read the command line. */
function isOfArguments(error: unknown): error is Error {
  return error instanceof Error && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS_");
}
