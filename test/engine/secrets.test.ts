import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { TestNamespace } from "./namespace";
import { TestStack } from "./testStack";

describe("secret values", () => {
  const namespace = new TestNamespace("engine-secrets");
  let stack: TestStack;

  before(async () => {
    await namespace.create();
    stack = await TestStack.create("secrets");
  });
  after(async () => {
    await namespace.remove();
    await stack.remove();
  });

  it("reach the cluster, but neither the screen nor, in plain text, any file of the stack", async () => {
    const unmarked = "value-that-nobody-marked";
    const configured = "value-from-the-configuration";
    const configuration = { namespace: namespace.name, unmarked };
    const { lines } = await stack.run("up", configuration, { configured });

    const { data = {} } = await namespace.get("secret", "credentials");
    const values = Object.values(data).map((value) => Buffer.from(value, "base64").toString());
    assert.equal(values.length, 3);
    assert.ok(values.includes(configured));
    assert.ok(values.every((value) => value.length >= 24));

    const entries = await readdir(stack.stateFolder, { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name));
    const texts = await Promise.all(files.map((file) => readFile(file, "utf8")));
    const state = texts.find((text) => text.includes("kubernetes:core/v1:Secret"));
    assert.ok(state !== undefined, "the state is among the files");
    for (const value of values) {
      for (const form of [value, Buffer.from(value).toString("base64")]) {
        assert.ok(!lines.some((line) => line.includes(form)), "not on the screen");
        files.forEach((file, index) => {
          assert.ok(!texts[index]?.includes(form), `${file} holds one`);
        });
      }
    }

    // A refresh reads them back from the cluster: they are the same, and as well kept.
    assert.deepEqual((await stack.run("refresh", configuration, { configured })).changes, { same: 3 });
    assert.deepEqual((await stack.run("up", configuration, { configured })).changes, { same: 3 });
  });
});
