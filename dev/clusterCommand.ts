import { parseArgs } from "node:util";
import { ensureCluster, removeCluster } from "./cluster";
import { UsageError } from "../cli/shared/failure";
import { parseInstanceName } from "./instances";
import { runCommand } from "./usage";

const HELP = "usage: cluster up|down [--instance NAME] [--yes]";

runCommand(HELP, async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { instance: { type: "string", default: "demo" }, yes: { type: "boolean", default: false } },
  });
  const options = { instance: parseInstanceName(values.instance), yes: values.yes };
  switch (positionals.join(" ")) {
    case "up": {
      const { kubeconfig, kind } = await ensureCluster(options);
      process.stdout.write(`${kind} cluster is up: export KUBECONFIG=${kubeconfig}\n`);
      return;
    }
    case "down":
      await removeCluster(options);
      return;
    default:
      throw new UsageError(HELP);
  }
});
