import assert from "node:assert/strict";
import { eventually } from "../../cli/shared/eventually";
import { progress } from "../../cli/shared/progress";
import type { Target } from "../../cli/verify/target";
import type { DevCluster } from "../../dev/cluster";
import { DevStack } from "../../dev/devStack";
import { kubectl } from "../../dev/kubectl";
import { testCluster } from "../cluster/run";

/** Lets the provider take over a field that something else has written. */
const force = "PULUMI_K8S_ENABLE_PATCH_FORCE";

/** The cluster has no source of metrics: its autoscaler keeps what is within the limits, and takes back what is not. */
describe("an autoscaled gateway", () => {
  let cluster: DevCluster;
  let devStack: DevStack;
  let target: Target;

  before(async () => {
    cluster = await testCluster();
    devStack = new DevStack(cluster, progress(), {
      settings: { "portcullis:autoscaling": { value: { max: 3 } } },
    });
    target = await devStack.up();
  });

  const inGateway = (...command: string[]) => kubectl(cluster, ["--namespace", target.namespace, ...command]);
  const parts = ["identity", "proxy"].map((part) => `portcullis-${part}`);
  const deployments = async () =>
    (
      await inGateway(
        "get",
        "horizontalpodautoscalers",
        "--output",
        "jsonpath={.items[*].spec.scaleTargetRef.name}",
      )
    )
      .split(" ")
      .toSorted();
  const replicasOf = async (deployment: string) =>
    Number(await inGateway("get", "deployment", deployment, "--output", "jsonpath={.spec.replicas}"));

  it("has an autoscaler for the proxy and the identity server, which holds the limit", async () => {
    const scaled = await deployments();
    assert.deepEqual(
      scaled.map((name) => name.replace(/-[0-9a-f]{8}$/, "")),
      parts,
    );
    for (const name of scaled) await inGateway("scale", "deployment", name, "--replicas=4");
    for (const name of scaled)
      await eventually(
        async () => {
          assert.equal(await replicasOf(name), 3);
        },
        { seconds: 60 },
      );
  });

  it("keeps the number of pods that the autoscaler has written, and finds nothing to change", async () => {
    const { changes } = await devStack.run("up", "pulumi up, scaled");
    assert.deepEqual(Object.keys(changes), ["same"], JSON.stringify(changes));
    for (const name of await deployments()) assert.equal(await replicasOf(name), 3);
  });

  it("keeps it also where the pods change", async () => {
    const changed = new DevStack(cluster, progress(), {
      settings: {
        "portcullis:autoscaling": { value: { max: 3 } },
        "portcullis:session": { value: { lifespan: "2h", checkCache: "10s" } },
      },
    });
    await changed.up();
    for (const name of await deployments()) assert.equal(await replicasOf(name), 3);
  });

  it("has a fixed number again by a run that takes the field back, as the documentation says", async () => {
    const scaled = await deployments();
    process.env[force] = "true";
    try {
      await new DevStack(cluster, progress()).up();
    } finally {
      Reflect.deleteProperty(process.env, force);
    }
    for (const name of scaled) assert.equal(await replicasOf(name), 2);
  });
});
