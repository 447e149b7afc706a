import { UsageError } from "../cli/shared/failure";
import { ensureCluster } from "./cluster";
import { parseInstanceName } from "./instances";
import { invocation, runShipped, shippedCommands } from "./shipped";
import { runCommand } from "./usage";

const HELP = `usage: on INSTANCE ${shippedCommands.join("|")} [ARGUMENT]...

Runs a command of cli/ on the dev stack of this machine's cluster of that name, with its outputs and its kubeconfig.`;

const [name, command, ...args] = process.argv.slice(2);

runCommand(
  HELP,
  async () => {
    const shipped = shippedCommands.find((known) => known === command);
    if (name === undefined || !shipped) throw new UsageError(HELP);
    const cluster = await ensureCluster({ instance: parseInstanceName(name) });
    process.exitCode = await runShipped(await invocation(cluster, shipped, args));
  },
  [name, command].filter((own) => own !== undefined),
);
