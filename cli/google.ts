import { Command } from "@commander-js/extra-typings";

const DESCRIPTION = `Prints what a person does in Google's console, for each Google provider of Pulumi.<stack>.yaml in this folder. It \
needs no credential, and asks nobody.`;

/** `portcullis google`. */
export function googleCommand() {
  return new Command("google")
    .summary("what to do in Google's console for a stack")
    .description(DESCRIPTION)
    .requiredOption("--stack <name>", "the stack, by the name of its file")
    .action(async ({ stack }) => {
      const { readText } = await import("./shared/outputs.js");
      const { instructionsFor } = await import("./google/instructions.js");
      process.stdout.write(instructionsFor(stack, await readText(`Pulumi.${stack}.yaml`)));
    });
}
