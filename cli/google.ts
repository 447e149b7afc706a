import { Command } from "@commander-js/extra-typings";
import { readYaml } from "./shared/yaml";

const DESCRIPTION = `Prints what a person does in Google's console, for each Google provider of Pulumi.<stack>.yaml in this folder. It \
needs no credentials and sends no requests.`;

/** `portcullis google`. */
export function googleCommand() {
  return new Command("google")
    .summary("what to do in Google's console for a stack")
    .description(DESCRIPTION)
    .requiredOption("--stack <name>", "the stack, by the name of its file")
    .action(async ({ stack }) => {
      const { instructionsFor } = await import("./google/instructions.js");
      const [document] = await readYaml(`Pulumi.${stack}.yaml`);
      process.stdout.write(instructionsFor(stack, document));
    });
}
