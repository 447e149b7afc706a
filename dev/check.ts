import { parseArgs } from "node:util";
import { check } from "../cli/check/check";
import { exitCodes, UsageError } from "../cli/shared/failure";
import { buildPack, packFolder } from "../policy/build";
import { ensureCluster } from "./cluster";
import { parseInstanceName } from "./instances";
import { plainOverlay, secretOverlay } from "./overlay";
import { checkStack } from "./plugins/stackRun";
import { runCommand } from "./usage";

const HELP = `usage: check:dev --stack NAME [--instance NAME] [--config KEY=VALUE]... [--secret KEY=VARIABLE]...
                 [--policy-config FILE] [--markdown] [--yes]

What \`check\` does, with the tooling of \`stack\` and a cluster on this machine.`;

runCommand(HELP, async () => {
  const { values } = parseArgs({
    options: {
      stack: { type: "string" },
      instance: { type: "string", default: "demo" },
      config: { type: "string", multiple: true, default: [] },
      secret: { type: "string", multiple: true, default: [] },
      "policy-config": { type: "string" },
      markdown: { type: "boolean", default: false },
      yes: { type: "boolean", default: false },
    },
  });
  const { stack, yes, markdown } = values;
  if (stack === undefined) throw new UsageError(HELP);
  const overlay = { ...plainOverlay(values.config), ...secretOverlay(values.secret) };
  const cluster = await ensureCluster({ instance: parseInstanceName(values.instance), yes });
  await buildPack();
  const passed = await check(
    {
      packFolder,
      cluster: { kubeconfig: cluster.kubeconfig },
      preview: (policyPack) => checkStack({ stack, cluster, overlay }, policyPack),
    },
    { stack, format: markdown ? "markdown" : "text", policyConfig: values["policy-config"] },
  );
  if (!passed) process.exitCode = exitCodes.found;
});
