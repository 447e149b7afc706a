import { Command } from "@commander-js/extra-typings";
import { manifestsOf } from "./render/manifests";
import { writeManifests } from "./render/write";
import { Failure } from "./shared/failure";
import { progress } from "./shared/progress";
import { withStack } from "./shared/pulumi";

const DESCRIPTION = `Previews a stack of the project in this folder, and prints the Kubernetes objects that it would have as YAML: for a \
review, a scanner, or a comparison of two versions. They are not for \`kubectl apply\`: secret values are left out, and \
so is what only an update knows. Changes nothing.`;

/** `portcullis render`. */
export function renderCommand() {
  return new Command("render")
    .summary("print the Kubernetes objects of a stack as YAML")
    .description(DESCRIPTION)
    .requiredOption("--stack <name>", "the stack to preview")
    .option("--output <folder>", "write one file for each object into this folder instead")
    .action(async ({ stack: stackName, output }) => {
      const { previewProject } = await import("./check/project.js");
      const { planned, errors } = await progress().phase(`preview the stack ${stackName}`, () =>
        withStack(stackName, (stack) => previewProject(stack)),
      );
      if (errors.length > 0) throw new Failure(errors.join("\n"));
      const manifests = manifestsOf(planned);
      if (manifests.length === 0) throw new Failure("The stack has no Kubernetes objects.");
      if (output === undefined) process.stdout.write(manifests.map(({ text }) => `---\n${text}`).join(""));
      else await writeManifests(output, manifests);
    });
}
