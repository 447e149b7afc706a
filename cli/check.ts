import { LocalWorkspace } from "@pulumi/pulumi/automation";
import { parseArgs } from "node:util";
import { check, type CheckTarget } from "./check/check";
import { configurationSizeProblems } from "./check/configurationSize";
import { previewStack, refusedPreview } from "./check/preview";
import { checkout } from "./shared/checkout";
import { run } from "./shared/exec";
import { Failure } from "./shared/failure";
import { runMain } from "./shared/progress";

const HELP = `usage: check --stack NAME [--policy-config FILE] [--markdown] [--context NAME]

Previews a stack with the policy pack and compares its Rules with the cluster's. Changes nothing; ends with 1 where
something must be mended.
  --policy-config FILE  levels and options of policies, as \`pulumi preview --policy-pack-config\` takes them
  --markdown            a report for a pull request
  --context NAME        of the kubeconfig, to read the cluster's Rules`;

runMain(async () => {
  const { values } = parseArgs({
    options: {
      stack: { type: "string" },
      "policy-config": { type: "string" },
      markdown: { type: "boolean", default: false },
      context: { type: "string" },
    },
  });
  const { stack, context, markdown } = values;
  if (stack === undefined) throw new Failure(HELP);
  const options = { stack, markdown, policyConfig: values["policy-config"] };
  if (!(await check(installed(stack, context), options))) process.exitCode = 1;
});

/** The `pulumi` that is installed, with its own login, plugins and kubeconfig. */
function installed(stackName: string, context: string | undefined): CheckTarget {
  return {
    preview: async (policyPack) => {
      const stack = await LocalWorkspace.selectStack({ stackName, workDir: checkout });
      const configuration = Object.entries(await stack.getAllConfig());
      const tooLong = configurationSizeProblems(
        Object.fromEntries(configuration.map(([key, { value }]) => [key, value])),
      );
      return tooLong.length > 0 ? refusedPreview(tooLong) : previewStack(stack, { policyPack });
    },
    kubectl: (args) => run("kubectl", [...args, ...(context === undefined ? [] : ["--context", context])]),
  };
}
