import { Command } from "@commander-js/extra-typings";
import type { Cluster } from "./shared/cluster";
import { exitCodes } from "./shared/failure";
import { options as shared, printJson } from "./shared/options";
import { asMarkdown, holds, row, summary, type Finding } from "./verify/table";
import { stackOutputs } from "./shared/outputs";
import { namedCluster } from "./shared/kubeconfig";
import { targetOf } from "./verify/target";

const DESCRIPTION = `Proves a running gateway, from outside and, with a cluster, from inside. It changes nothing that the stack \
manages. It looks at the first of the protected services.`;

/** `portcullis verify`. */
export function verifyCommand() {
  return new Command("verify")
    .summary("prove a running gateway")
    .description(DESCRIPTION)
    .addOption(shared.stack())
    .addOption(shared.outputs())
    .option("--provider <id>", "also sign in through this login provider, which must be the stub issuer")
    .addOption(
      shared.kubeconfig(
        "also look from an unrelated pod, in a namespace made for that, and from the proxy's own; asks first",
      ),
    )
    .addOption(shared.context())
    .addOption(shared.yes())
    .addOption(shared.json())
    .addOption(shared.markdown())
    .action(async (options) => {
      const { kubeconfig, context, yes = false, provider, json = false, markdown = false } = options;
      const target = targetOf(await stackOutputs(options));
      const cluster: Cluster | undefined =
        kubeconfig === undefined ? undefined : await namedCluster({ kubeconfig, context }, { yes });
      // Only the final result goes to standard output.
      const lines = json || markdown ? process.stderr : process.stdout;
      const show = (finding: Finding) => lines.write(`${row(finding, lines.isTTY)}\n`);
      const { prove } = await import("./verify/prove.js");
      const findings = await prove(target, { cluster, provider, show });
      if (json) printJson({ passed: findings.every(holds), findings });
      else process.stdout.write(markdown ? asMarkdown(findings) : `\n${summary(findings)}\n`);
      if (!findings.every(holds)) process.exitCode = exitCodes.found;
    });
}
