import assert from "node:assert/strict";
import { TestStack } from "./testStack";

describe("random values", () => {
  let stack: TestStack;

  before(async () => {
    stack = await TestStack.create("random");
  });
  after(() => stack.remove());

  const password = { length: 24, special: false, upper: false, minNumeric: 20 };

  it("keep to the constraints given", async () => {
    const { outputs, lines } = await stack.run("up", { generation: "1", password });
    const { passwordResult, bytesBase64 } = outputs as Record<string, string>;
    assert.match(passwordResult ?? "", /^[a-z0-9]{24}$/);
    assert.ok((passwordResult ?? "").replace(/\D/g, "").length >= 20, "at least 20 digits");
    assert.equal(Buffer.from(bytesBase64 ?? "", "base64").length, 32);
    assert.ok(!lines.some((line) => line.includes(passwordResult ?? "")), "is not shown");
  });

  it("stay until a keeper changes", async () => {
    const first = await stack.run("up", { generation: "1", password });
    assert.deepEqual(first.changes, { same: 3 });
    const second = await stack.run("up", { generation: "2", password });
    assert.deepEqual(second.changes, { same: 2, replace: 1 });
    assert.notEqual(second.outputs["passwordResult"], first.outputs["passwordResult"]);
    assert.equal(second.outputs["bytesBase64"], first.outputs["bytesBase64"]);
  });

  it("are refused with the reason when no value can meet the constraints", async () => {
    const impossible = { length: 8, minNumeric: 9 };
    assert.match(
      await stack.failure("up", { generation: "2", password: impossible }),
      /length: 8 is less than the 9 of all min\*/,
    );
  });
});
