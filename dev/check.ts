import { parseArgs } from "node:util";
import { check } from "../cli/check/check";
import { exitCodes, Failure } from "../cli/shared/failure";
import { runMain } from "../cli/shared/progress";
import { buildPack, packFolder } from "../policy/build";
import { ensureCluster } from "./cluster";
import { parseInstanceName } from "./instances";
import { plainOverlay, secretOverlay } from "./overlay";
import { checkStack } from "./plugins/stackRun";

const HELP = `usage: check:dev --stack NAME [--instance NAME] [--config KEY=VALUE]... [--secret KEY=VARIABLE]...
                 [--policy-config FILE] [--markdown] [--yes]

What \`check\` does, with the tooling of \`stack\` and a cluster on this machine.`;

runMain(async () => {
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
  if (stack === undefined) throw new Failure(HELP);
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
