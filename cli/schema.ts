import { Argument, Command } from "@commander-js/extra-typings";
import { printJson } from "./shared/options";

const DESCRIPTION = `Prints the JSON Schema by which editors complete and check a Pulumi.<stack>.yaml. Write it to a file, and \
name that in the first line of the stack's: # yaml-language-server: $schema=FILE`;

/** `portcullis schema`. */
export function schemaCommand() {
  return new Command("schema")
    .summary("print the JSON Schema of a stack's file")
    .description(DESCRIPTION)
    .addArgument(
      new Argument("[kind]", "of a gateway's stack, or of a team's with services alone")
        .choices(["gateway", "services"] as const)
        .default("gateway" as const),
    )
    .action(async (kind) => {
      const { stackFileSchema } = await import("../stacks/fileSchema.js");
      printJson(stackFileSchema(kind));
    });
}
