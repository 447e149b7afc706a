import { parseArgs } from "node:util";
import { ensureCluster, removeCluster, type ClusterOptions } from "./cluster";
import type { DevCluster } from "./devCluster";
import { Failure, UsageError } from "../cli/shared/failure";
import { parseInstanceName } from "./instances";
import { undoOnInterrupt } from "../cli/shared/interrupt";
import { progress } from "../cli/shared/progress";
import { DevStack } from "./devStack";
import { prepareEngine } from "./plugins/engine";
import { row, summary, holds } from "../cli/verify/table";
import { runCommand } from "./usage";

const HELP = "usage: demo up|down [--instance NAME] [--yes]";

runCommand(HELP, async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { instance: { type: "string", default: "demo" }, yes: { type: "boolean", default: false } },
  });
  const display = progress();
  const options = { instance: parseInstanceName(values.instance), yes: values.yes, progress: display };
  switch (positionals.join(" ")) {
    case "up": {
      const [cluster] = await Promise.all([startCluster(options), prepareEngine()]);
      const devStack = new DevStack(cluster, display);
      const { service, loginUi } = await devStack.up();
      process.stdout.write("\n");
      const findings = await devStack.verify((finding) => process.stdout.write(`${row(finding)}\n`));
      process.stdout.write(`\n${summary(findings)}\n`);
      if (!findings.every(holds)) throw new Failure("The gateway is up, but not everything holds.");
      process.stdout.write(`
Open     ${service}
Sign in  as alice or bob (admitted), mallory, carol or dave (refused)
Account  ${loginUi}/settings
kubectl  export KUBECONFIG=${cluster.kubeconfig}
Down     make demo-down
`);
      return;
    }
    case "down":
      await removeCluster(options);
      return;
    default:
      throw new UsageError(HELP);
  }
});

async function startCluster(options: ClusterOptions): Promise<DevCluster> {
  const cluster = await ensureCluster(options);
  if (cluster.isNew) undoOnInterrupt(() => removeCluster(options));
  return cluster;
}
