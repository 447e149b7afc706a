import { parseArgs } from "node:util";
import { ensureCluster, type Cluster } from "../dev/cluster";
import { Failure } from "./shared/failure";
import { givenCluster } from "../dev/given";
import { instance, parseInstanceName } from "../dev/instances";
import { runMain } from "./shared/progress";
import { sourcesGiven, stackOutputs } from "./stackOutputs";
import { admissionExpectations } from "./verify/admission";
import { anonymousExpectations } from "./verify/anonymous";
import { withBrowsers } from "./verify/browser";
import { isolationExpectations, withProbe, type Probe } from "./verify/isolation";
import { signInExpectations } from "./verify/signedIn";
import { examine, holds, row, summary, type Finding } from "./verify/table";
import { targetOf, type Target } from "./verify/target";

const HELP = `usage: verify --stack NAME | --outputs FILE | --instance NAME  [--provider ID] [--kubeconfig FILE] [--yes]

Proves a gateway that runs, from outside and, with a cluster, from inside.
  --stack NAME       the outputs of this stack, as \`pulumi stack output --json\` prints them
  --outputs FILE     the same from a file
  --instance NAME    the dev stack on this machine's cluster of that name
  --provider ID      also sign in through this login provider, which must be the stub issuer
  --kubeconfig FILE  also look from a stranger's pod, in a namespace made for that, and from the proxy's own; asks first,
                     unless --yes`;

runMain(async () => {
  const { values } = parseArgs({
    options: {
      stack: { type: "string" },
      outputs: { type: "string" },
      instance: { type: "string" },
      provider: { type: "string" },
      kubeconfig: { type: "string" },
      yes: { type: "boolean", default: false },
    },
  });
  if (sourcesGiven(values) !== 1) throw new Failure(HELP);
  const cluster = await clusterFor(values);
  const target = targetOf(await stackOutputs(values, cluster));
  const findings = await prove(target, cluster, values.provider);
  process.stdout.write(`\n${summary(findings)}\n`);
  if (!findings.every(holds)) throw new Failure("Not everything holds.");
});

interface Options {
  readonly stack?: string;
  readonly outputs?: string;
  readonly instance?: string;
  readonly kubeconfig?: string;
  readonly yes: boolean;
}

async function clusterFor({ instance: local, kubeconfig, yes }: Options): Promise<Cluster | undefined> {
  if (local !== undefined) return ensureCluster({ instance: parseInstanceName(local), yes });
  return kubeconfig === undefined ? undefined : givenCluster(kubeconfig, instance("demo"), { yes });
}

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
