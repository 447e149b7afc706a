import assert from "node:assert/strict";
import { DevStack } from "../../dev/devStack";
import { withReplicas } from "../../cli/verify/replicas";
import type { Target } from "../../cli/verify/target";
import { podLabels } from "../../components/shared/labels";
import { withApiServer } from "../../dev/apiServer";
import { kubectl } from "../../dev/kubectl";
import type { DevCluster } from "../../dev/devCluster";
import { eventually } from "../../cli/shared/eventually";
import { runningPods } from "../../cli/shared/pods";
import { progress } from "../../cli/shared/progress";
import { deleteRules, deletions, type DeletionName, type Place } from "../cluster/ruleDeletions";
import { testCluster } from "../cluster/run";

/** How many of each kind; decision 29 has the results for 200. */
const COUNT = Number(process.env["DELETIONS"] ?? 4);
const LONGEST_MS = 30_000;
/** A Rule that comes back stays until another one changes; the promise, two seconds, is for decision 29 to measure. */
const LATEST_ON_A_BUSY_MACHINE = 10;

describe("a deleted Rule, on a real cluster", () => {
  let cluster: DevCluster;
  let target: Target;

  before(async () => {
    cluster = await testCluster();
    target = await new DevStack(cluster, progress()).up();
  });

  for (const name of Object.keys(deletions) as DeletionName[])
    it(`${name} is gone from every replica in time, and does not come back`, async () => {
      const seconds = await withPlace((place) => deleteRules(place, name, COUNT));
      const sorted = seconds.toSorted((a, b) => a - b);
      const at = (share: number) => sorted[Math.floor((sorted.length - 1) * share)]?.toFixed(2);
      process.stdout.write(
        `    ${seconds.length} times: p50 ${at(0.5)} s, p95 ${at(0.95)} s, ${at(1)} s at most\n`,
      );
      assert.equal(seconds.length, COUNT);
      assert.deepEqual(
        seconds.filter((late) => late > LATEST_ON_A_BUSY_MACHINE),
        [],
      );
    }).timeout(120_000 + COUNT * LONGEST_MS);

  async function withPlace<T>(use: (place: Place) => Promise<T>): Promise<T> {
    return withApiServer(cluster, (api) =>
      withReplicas(cluster, target.namespace, (replicas) => {
        assert.equal(replicas.length, target.replicas);
        const { domain } = cluster.instance;
        return use({ api, namespace: target.namespace, domain, replicas, restartOperator });
      }),
    );
  }

  async function restartOperator(): Promise<void> {
    const before = await runningPods(cluster, target.namespace, podLabels("rules"));
    const inNamespace = ["--namespace", target.namespace];
    await kubectl(cluster, ["delete", "pod", ...inNamespace, ...before, "--grace-period=0", "--force"]);
    const name = await eventually(async () => {
      const [found] = (await runningPods(cluster, target.namespace, podLabels("rules"))).filter(
        (pod) => !before.includes(pod),
      );
      assert.ok(found);
      return found;
    });
    await kubectl(cluster, [
      "wait",
      ...inNamespace,
      "--for=condition=Ready",
      `pod/${name}`,
      "--timeout=180s",
    ]);
  }
});
