import assert from "node:assert/strict";
import { TestNamespace } from "./namespace";
import { TestStack } from "./testStack";

describe("an object that does not work", () => {
  const namespace = new TestNamespace("engine-unhealthy");
  let stack: TestStack;

  before(async () => {
    await namespace.create();
    stack = await TestStack.create("objects");
  });
  after(async () => {
    await namespace.remove();
    await stack.remove();
  });

  it("is still known not to after a refresh, so that the next run does not leave it at that", async () => {
    const metadata = {
      name: "unserved",
      namespace: namespace.name,
      annotations: { "pulumi.com/timeoutSeconds": "1" },
    };
    const spec = { selector: { app: "nobody" }, ports: [{ port: 80 }] };
    const program = { objects: { unserved: { kind: "Service", metadata, spec } } };
    const problem = /Service engine-unhealthy\/unserved: .*no ready pod matches its selector/;

    assert.match(await stack.failure("up", program), problem);
    const { lines } = await stack.run("refresh", program);
    assert.match(lines.join("\n"), problem);
    assert.match(await stack.failure("up", program), problem);
    await stack.run("destroy", program);
  });
});
