import { parseArgs } from "node:util";
import { check } from "../cli/check/check";
import { kubectl } from "../cli/shared/cluster";
import { Failure } from "../cli/shared/failure";
import { runMain } from "../cli/shared/progress";
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
  const passed = await check(
    {
      preview: (policyPack) => checkStack({ stack, cluster, overlay }, policyPack),
      kubectl: (args) => kubectl(cluster, args),
    },
    { stack, markdown, policyConfig: values["policy-config"] },
  );
  if (!passed) process.exitCode = 1;
});
