import { parseArgs } from "node:util";
import { ensureCluster, removeCluster } from "../local/cluster";
import { Failure } from "../local/failure";
import { parseInstanceName } from "../local/instances";
import { undoOnInterrupt } from "../local/interrupt";
import { progress, runMain } from "../local/progress";
import { Rehearsal } from "./verification/rehearsal";
import { row, summary, holds } from "./verification/table";

runMain(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { instance: { type: "string", default: "demo" }, yes: { type: "boolean", default: false } },
  });
  const display = progress();
  const options = { instance: parseInstanceName(values.instance), yes: values.yes, progress: display };
  switch (positionals.join(" ")) {
    case "up": {
      const cluster = await ensureCluster(options);
      if (cluster.isNew) undoOnInterrupt(() => removeCluster(options));
      const rehearsal = new Rehearsal(cluster, display);
      const { service, loginUi } = await rehearsal.up();
      process.stdout.write("\n");
      const findings = await rehearsal.prove((finding) => process.stdout.write(`${row(finding)}\n`));
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
      throw new Failure("usage: demo up|down [--instance NAME] [--yes]");
  }
});
