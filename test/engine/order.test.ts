import assert from "node:assert/strict";
import { kubectl } from "../../cli/shared/cluster";
import { testCluster } from "../cluster/run";
import { TestStack } from "./testStack";

describe("objects whose namespace or kind the same run makes", () => {
  const group = "engine-order.example.com";
  const program = { namespace: "engine-order", group };
  let stack: TestStack;

  before(async () => {
    stack = await TestStack.create("order");
    // A run that was interrupted left them.
    const left = await remains();
    if (left.length > 0) await kubectl(await testCluster(), ["delete", ...left]);
  });
  after(() => stack.remove());

  /** All that the program makes, and what the cluster still has of it. */
  const remains = async () => {
    const cluster = await testCluster();
    const names = await kubectl(cluster, ["get", "namespaces,customresourcedefinitions", "--output=name"]);
    return names.split("\n").filter((name) => name.includes("engine-order"));
  };

  it("are taken as they are by a preview", async () => {
    assert.deepEqual((await stack.run("preview", program)).changes, { create: 7 });
    assert.deepEqual(await remains(), []);
  });

  it("are made after what they need", async () => {
    const { changes, outputs } = await stack.run("up", program);
    assert.deepEqual(changes, { create: 7 });
    const autonamed = String(outputs["autonamedNamespace"]);
    assert.match(autonamed, /^engine-order-[0-9a-f]{8}$/);
    const cluster = await testCluster();
    await kubectl(cluster, ["--namespace", autonamed, "get", "configmap", "in-autonamed"]);
    const gate = ["--namespace", "engine-order", "get", `gates.${group}`, "gate"];
    assert.equal(await kubectl(cluster, [...gate, "--output=jsonpath={.spec.open}"]), "true");
    assert.deepEqual((await stack.run("up", program)).changes, { same: 7 });
  });

  it("are gone, with what they need, when the stack is destroyed", async () => {
    await stack.run("destroy", program);
    assert.deepEqual(await remains(), []);
  });
});
