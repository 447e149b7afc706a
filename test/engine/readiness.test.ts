import assert from "node:assert/strict";
import { imageNames } from "../../dev/images";
import { TestNamespace } from "./namespace";
import { TestStack } from "./testStack";

const MISSING_IMAGE = "portcullis.local/no-such-image:1";

describe("a run waits until the objects work", () => {
  const namespace = new TestNamespace("engine-readiness");
  let stack: TestStack;

  before(async () => {
    await namespace.create();
    stack = await TestStack.create("objects");
  });
  after(async () => {
    await namespace.remove();
    await stack.remove();
  });

  const deployment = (image: string, annotations: object) => ({
    objects: {
      sleeper: {
        kind: "Deployment",
        metadata: { name: "sleeper", namespace: namespace.name, annotations },
        spec: {
          replicas: 1,
          selector: { matchLabels: { app: "sleeper" } },
          template: {
            metadata: { labels: { app: "sleeper" } },
            spec: {
              terminationGracePeriodSeconds: 0,
              containers: [
                {
                  name: "sleeper",
                  image,
                  // A missing image is looked for on the node only, never in a registry.
                  ...(image === MISSING_IMAGE && { imagePullPolicy: "Never" }),
                  command: ["sleep", "infinity"],
                },
              ],
            },
          },
        },
      },
    },
  });

  it("unless they are told not to be waited for", async () => {
    const program = deployment(MISSING_IMAGE, { "pulumi.com/skipAwait": "true" });
    assert.deepEqual((await stack.run("up", program)).changes, { create: 2 });
    await stack.run("destroy", program);
  });

  it("and fails in their time with what is wrong, and the next run mends it", async () => {
    const timeout = { "pulumi.com/timeoutSeconds": "3" };
    const message = await stack.failure("up", deployment(MISSING_IMAGE, timeout));
    assert.match(
      message,
      /Deployment engine-readiness\/sleeper: not ready after 3 s: of 1 pods, .*0 are available/,
    );
    assert.match(message, /pod sleeper-.*, container sleeper: ErrImageNeverPull: .*no-such-image:1/);

    const healthy = deployment(imageNames.busybox, { "pulumi.com/timeoutSeconds": "60" });
    assert.deepEqual((await stack.run("up", healthy)).changes, { same: 1, update: 1 });
    const available = "--output=jsonpath={.status.availableReplicas}";
    assert.equal(await namespace.kubectl("get", "deployment", "sleeper", available), "1");
    assert.deepEqual((await stack.run("up", healthy)).changes, { same: 2 });

    await stack.run("destroy", healthy);
    assert.deepEqual(await namespace.list("deployments", "replicasets", "pods"), []);
  });

  it("and for what they themselves ask to be waited for", async () => {
    const annotations = {
      "pulumi.com/waitFor": "jsonpath={.data.phase}=done",
      "pulumi.com/timeoutSeconds": "2",
    };
    const metadata = { name: "signal", namespace: namespace.name, annotations };
    const program = { objects: { signal: { kind: "ConfigMap", metadata, data: {} } } };
    assert.match(await stack.failure("up", program), /signal: not ready after 2 s: it has no \.data\.phase/);
    await namespace.kubectl("patch", "configmap", "signal", "--patch", '{"data":{"phase":"asked"}}');
    assert.match(await stack.failure("up", program), /its \.data\.phase is asked, not done/);
    await namespace.kubectl("patch", "configmap", "signal", "--patch", '{"data":{"phase":"done"}}');
    assert.deepEqual((await stack.run("up", program)).changes, { same: 1, update: 1 });
    await stack.run("destroy", program);
  });
});
