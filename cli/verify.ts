import { parseArgs } from "node:util";
import type { Cluster } from "./shared/cluster";
import { Failure } from "./shared/failure";
import { namedCluster } from "./shared/kubeconfig";
import { runMain } from "./shared/progress";
import { stackOutputs } from "./stackOutputs";
import { admissionExpectations } from "./verify/admissionPolicies";
import { anonymousExpectations } from "./verify/anonymous";
import { withBrowsers } from "./verify/browser";
import { isolationExpectations, withProbe, type Probe } from "./verify/isolation";
import { signInExpectations } from "./verify/signedIn";
import { examine, holds, row, summary, type Finding } from "./verify/table";
import { targetOf, type Target } from "./verify/target";

const HELP = `usage: verify --stack NAME | --outputs FILE  [--provider ID] [--kubeconfig FILE] [--yes]

Proves a gateway that runs, from outside and, with a cluster, from inside.
  --stack NAME       the outputs of this stack, as \`pulumi stack output --json\` prints them
  --outputs FILE     the same from a file
  --provider ID      also sign in through this login provider, which must be the stub issuer
  --kubeconfig FILE  also look from an unrelated pod, in a namespace made for that, and from the proxy's own; asks first,
                     unless --yes`;

runMain(async () => {
  const { values } = parseArgs({
    options: {
      stack: { type: "string" },
      outputs: { type: "string" },
      provider: { type: "string" },
      kubeconfig: { type: "string" },
      yes: { type: "boolean", default: false },
    },
  });
  const { kubeconfig, yes, provider } = values;
  const outputs = await stackOutputs(values);
  if (!outputs) throw new Failure(HELP);
  const target = targetOf(outputs);
  const cluster = kubeconfig === undefined ? undefined : await namedCluster(kubeconfig, { yes });
  const findings = await prove(target, cluster, provider);
  process.stdout.write(`\n${summary(findings)}\n`);
  if (!findings.every(holds)) throw new Failure("Not everything holds.");
});

function prove(
  target: Target,
  cluster: Cluster | undefined,
  provider: string | undefined,
): Promise<Finding[]> {
  const show = (finding: Finding) => process.stdout.write(`${row(finding)}\n`);
  return withBrowsers([], (browser) => {
    const look = (probe?: Probe) =>
      examine(
        [
          ...anonymousExpectations(target, browser),
          ...(provider === undefined ? [] : signInExpectations(target, provider, browser)),
          ...(probe ? isolationExpectations(probe) : []),
          ...(probe && cluster ? admissionExpectations(cluster, probe, target) : []),
        ],
        show,
      );
    return cluster ? withProbe(cluster, target.namespace, look) : look();
  });
}
