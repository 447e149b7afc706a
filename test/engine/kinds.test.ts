import assert from "node:assert/strict";
import { TestStack } from "./testStack";

describe("an object of a kind that comes with a definition", () => {
  const group = "engine-kinds.example.com";
  let stack: TestStack;

  before(async () => {
    stack = await TestStack.create("kinds");
  });
  after(() => stack.remove());

  it("is refused by a preview when neither the cluster nor the program has the definition", async () => {
    assert.match(
      await stack.failure("preview", { group, define: false }),
      /Door engine-door: the API server has no kind Door in engine-kinds\.example\.com\/v1/,
    );
  });

  it("is made beside it, and stays the same once its kind is known to have a namespace", async () => {
    const program = { group, define: true };
    assert.deepEqual((await stack.run("preview", program)).changes, { create: 3 });
    assert.deepEqual((await stack.run("up", program)).changes, { create: 3 });
    assert.deepEqual((await stack.run("up", program)).changes, { same: 3 });
    await stack.run("destroy", program);
  });
});
