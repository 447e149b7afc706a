import { Command } from "@commander-js/extra-typings";
import { join } from "node:path";
import { exitCodes } from "./shared/failure";
import { options as shared } from "./shared/options";
import { withStack } from "./shared/pulumi";

const DESCRIPTION = `Previews a stack of the project in this folder with the policy pack, and compares its Rules with the cluster's. \
Changes nothing. It runs the \`pulumi\` that is installed, with its own login and plugins.`;

/** The compiled policy pack is in a folder beside the commands, here and in the package. */
const packFolder = join(__dirname, "..", "policy");

/** `portcullis check`. */
export function checkCommand() {
  return new Command("check")
    .summary("preview a stack with the policy pack")
    .description(DESCRIPTION)
    .requiredOption("--stack <name>", "the stack to preview")
    .option(
      "--policy-config <file>",
      "levels and options of policies, as `pulumi preview --policy-pack-config` takes them",
    )
    .addOption(shared.kubeconfig("where to read the cluster's Rules, instead of what kubectl would use"))
    .addOption(shared.context())
    .addOption(shared.json())
    .addOption(shared.markdown())
    .action(async ({ stack, policyConfig, kubeconfig, context, json, markdown }) => {
      const { check } = await import("./check/check.js");
      const { previewProject } = await import("./check/project.js");
      const passed = await check(
        {
          packFolder,
          cluster: { kubeconfig, context },
          preview: (policyPack) => withStack(stack, (selected) => previewProject(selected, { policyPack })),
        },
        { stack, policyConfig, format: json ? "json" : markdown ? "markdown" : "text" },
      );
      if (!passed) process.exitCode = exitCodes.found;
    });
}
