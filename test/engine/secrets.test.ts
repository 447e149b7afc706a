import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { StackCommand } from "../../dev/plugins/stackRun";
import { TestNamespace } from "./namespace";
import { TestStack } from "./testStack";

const encode = (value: string) => Buffer.from(value).toString("base64");

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

  /** Fails when a file of the stack, its state among them, holds one of the values in plain text. */
  async function assertNoFileHolds(values: readonly string[]) {
    const entries = await readdir(stack.stateFolder, { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name));
    const texts = await Promise.all(files.map((file) => readFile(file, "utf8")));
    assert.ok(texts.some((text) => text.includes("kubernetes:core/v1:Secret")));
    for (const form of values.flatMap((value) => [value, encode(value)])) {
      files.forEach((file, index) => {
        assert.ok(!texts[index]?.includes(form), `${file} holds one`);
      });
    }
  }

  const configured = "value-from-the-configuration";
  const configuration = { namespace: namespace.name, unmarked: "value-that-nobody-marked" };
  const run = (command: StackCommand) => stack.run(command, configuration, { configured });

  it("reach the cluster, but neither the screen nor, in plain text, any file of the stack", async () => {
    const { lines } = await run("up");
    const { data = {} } = await namespace.get("secret", "credentials");
    const values = Object.values(data).map((value) => Buffer.from(value, "base64").toString());
    assert.equal(values.length, 3);
    assert.ok(values.includes(configured));
    assert.ok(values.every((value) => value.length >= 24));
    assert.ok(
      !lines.some((line) => values.some((value) => line.includes(value) || line.includes(encode(value)))),
    );
    await assertNoFileHolds(values);
  });

  it("are the same, and as well kept, after a refresh has read them from the cluster", async () => {
    assert.deepEqual((await run("refresh")).changes, { same: 3 });
    assert.deepEqual((await run("up")).changes, { same: 3 });
    const meddled = "value-that-somebody-put-there";
    const patch = JSON.stringify({ data: { configured: encode(meddled) } });
    await namespace.kubectl("patch", "secret", "credentials", "--patch", patch);
    assert.deepEqual((await run("refresh")).changes, { same: 2, update: 1 });
    await assertNoFileHolds([configured, meddled]);
  });
});
