import { Argument, Command } from "@commander-js/extra-typings";
import { printJson } from "./shared/options";

const DESCRIPTION = `Prints the JSON Schema with which editors complete and check a Pulumi.<stack>.yaml, or the file of one service. Write it to a file, and \
name that in the first line of the other: # yaml-language-server: $schema=FILE`;

/** `portcullis schema`. */
export function schemaCommand() {
  return new Command("schema")
    .summary("print the JSON Schema of a stack's file")
    .description(DESCRIPTION)
    .addArgument(
      new Argument("[kind]", "of a gateway's stack, of a team's with services only, or of one service's file")
        .choices(["gateway", "services", "service"] as const)
        .default("gateway" as const),
    )
    .action(async (kind) => {
      const { serviceFileSchema, stackFileSchema } = await import("../stacks/fileSchema.js");
      printJson(kind === "service" ? serviceFileSchema() : stackFileSchema(kind));
    });
}
