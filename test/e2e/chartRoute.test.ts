import assert from "node:assert/strict";
import { join } from "node:path";
import { eventually } from "../../cli/shared/eventually";
import { progress } from "../../cli/shared/progress";
import { withBrowsers } from "../../cli/verify/browser";
import { people, signIn } from "../../cli/verify/signIn";
import type { Target } from "../../cli/verify/target";
import type { DevCluster } from "../../dev/devCluster";
import { DevStack } from "../../dev/devStack";
import { FIXTURES_NAMESPACE } from "../../dev/fixtures/manifests";
import { DEVELOPMENT_ZONE } from "../../dev/instances";
import { kubectl } from "../../dev/kubectl";
import { runStack, type StackCommand } from "../../dev/plugins/stackRun";
import { testCluster } from "../cluster/run";

const CHART = "wiki";

describe("a service whose own chart makes its Ingress", () => {
  let cluster: DevCluster;
  let target: Target;

  before(async () => {
    cluster = await testCluster();
    target = await new DevStack(cluster, progress()).up();
  });

  const stack = (command: StackCommand) =>
    runStack({
      command,
      stack: "chart",
      program: join(__dirname, "programs/chartRoute/index.ts"),
      cluster,
      overlay: {
        "chart-route:gateway": { value: "organization/portcullis/dev" },
        "chart-route:host": { value: `${CHART}.${DEVELOPMENT_ZONE}` },
      },
    });
  const ingress = async (namespace: string) => {
    const query = ["get", "ingress", CHART, "--namespace", namespace, "--ignore-not-found", "--output=json"];
    return JSON.parse((await kubectl(cluster, query)) || "null") as object | null;
  };

  it("is behind the login by that Ingress, which leads to the proxy and keeps what the chart sets", async () => {
    const { outputs } = await stack("up");
    const url = `http://${CHART}.${cluster.instance.domain}`;
    assert.equal(outputs["url"], url);
    const kept = await ingress(target.namespace);
    assert.match(JSON.stringify(kept), /"example\.com\/kept":"as the chart says it"/);
    assert.equal(await ingress(FIXTURES_NAMESPACE), null);
    await eventually(() =>
      withBrowsers([], async (fresh) => {
        assert.equal((await fresh().ask(url, { accept: "application/json" })).status, 401);
        const visitor = await signIn(fresh(), `${url}/page?x=1`, "stub", people.admitted);
        assert.deepEqual([visitor.status, visitor.url], [200, `${url}/page?x=1`]);
        assert.match(visitor.body, /"x-user-email":\s*"alice@example\.com"/);
      }),
    );
  });

  it("goes away with its stack", async () => {
    assert.deepEqual(Object.keys((await stack("up")).changes), ["same"]);
    await stack("destroy");
    assert.equal(await ingress(target.namespace), null);
  });
});
