import { CommandError } from "../../cli/shared/exec";

/** A failed run of the engine; the message contains what the engine found wrong, and nothing that succeeded. */
export class StackError extends CommandError {
  constructor(command: string, stack: string, cause: CommandError) {
    super("pulumi", [command, "--stack", stack], cause.code, cause.output);
    this.message = `pulumi ${command} failed on the stack ${stack}:\n${diagnosticsOf(cause.output)}`;
  }
}

/** The engine's diagnostics; if it ended before it had any, its errors; else its last output. */
export function diagnosticsOf(output: string): string {
  const diagnostics = /^Diagnostics:\n([\s\S]*?)(?=^(?:Outputs|Resources|Duration):|(?![\s\S]))/m.exec(
    output,
  )?.[1];
  if (diagnostics !== undefined) return eachOnce(diagnostics).trimEnd();
  const lines = output.trimEnd().split("\n");
  const errors = lines.filter((line) => line.trim().startsWith("error: "));
  return (errors.length > 0 ? errors : lines.slice(-10)).join("\n");
}

/** Removes duplicates: a program inside the Automation API returns its error to the engine, which also has it from the log. */
function eachOnce(diagnostics: string): string {
  let ofResource = new Set<string>();
  return diagnostics
    .split(/(?=^ {2}\S|^ {4}error: )/m)
    .filter((block) => {
      if (!block.startsWith("    error: ")) ofResource = new Set();
      const isNew = !ofResource.has(block.trimEnd());
      ofResource.add(block.trimEnd());
      return isNew;
    })
    .join("");
}
