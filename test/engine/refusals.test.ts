import assert from "node:assert/strict";
import { TestNamespace } from "./namespace";
import { TestStack } from "./testStack";

describe("what cannot work is refused", () => {
  const namespace = new TestNamespace("engine-refusals");
  let stack: TestStack;

  before(async () => {
    await namespace.create();
    stack = await TestStack.create("objects");
  });
  after(async () => {
    await namespace.remove();
    await stack.remove();
  });

  it("by a preview, with the API server's reason, when an object is invalid", async () => {
    const metadata = { name: "invalid", namespace: namespace.name };
    const service = { kind: "Service", metadata, spec: { ports: [{ port: 99999 }] } };
    const message = await stack.failure("preview", { objects: { service } });
    assert.match(message, /Service engine-refusals\/invalid: the API server refuses it/);
    assert.match(message, /spec\.ports\[0\]\.port: Invalid value: 99999: must be between 1 and 65535/);
    assert.deepEqual(await namespace.list("services"), []);
  });

  it("by a preview when a namespace is misspelt, which no resource of the program makes", async () => {
    const metadata = { name: "lost", namespace: "engine-refusal" };
    assert.match(
      await stack.failure("preview", { objects: { lost: { kind: "ConfigMap", metadata, data: {} } } }),
      /ConfigMap engine-refusal\/lost: the API server refuses it: namespaces "engine-refusal" not found/,
    );
  });

  it("by preview and run when an object is there that is not the stack's, which stays as it is", async () => {
    await namespace.kubectl("create", "configmap", "theirs", "--from-literal=owner=somebody");
    const before = await namespace.get("configmap", "theirs");
    const metadata = { name: "theirs", namespace: namespace.name };
    const program = { objects: { theirs: { kind: "ConfigMap", metadata, data: { owner: "stack" } } } };
    for (const command of ["preview", "up"] as const) {
      assert.match(
        await stack.failure(command, program),
        /ConfigMap engine-refusals\/theirs already exists, but not in this stack: delete it, or name/,
      );
    }
    await stack.run("destroy", program);
    assert.deepEqual(await namespace.get("configmap", "theirs"), before);
  });
});
