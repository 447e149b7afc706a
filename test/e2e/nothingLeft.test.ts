import assert from "node:assert/strict";
import { DevStack } from "../../dev/devStack";
import { kubectl } from "../../dev/kubectl";
import { progress } from "../../cli/shared/progress";
import { testCluster } from "../cluster/run";

describe("the dev stack, when it is destroyed", () => {
  it("leaves nothing behind", async () => {
    const cluster = await testCluster();
    const devStack = new DevStack(cluster, progress());
    await devStack.up();
    const left = async () => {
      const kinds = [
        "namespaces",
        "customresourcedefinitions",
        "clusterroles",
        "clusterrolebindings",
        "validatingadmissionpolicies",
      ];
      const names = await kubectl(cluster, ["get", kinds.join(","), "--output=name"]);
      return names
        .split("\n")
        .filter((name) => /\/(portcullis(?!-fixtures|-probe)|monitoring)|oathkeeper/.test(name));
    };
    assert.notDeepEqual(await left(), []);
    await devStack.run("destroy");
    assert.deepEqual(await left(), []);
  });
});
