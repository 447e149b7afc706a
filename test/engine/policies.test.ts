import assert from "node:assert/strict";
import { levelsOf, withoutStops } from "../../commands/checking/levels";
import { buildPack } from "../../policy/build";
import { policies } from "../../policy/registry";
import { TestStack } from "./testStack";

describe("a program that breaks each policy once", () => {
  let stack: TestStack;

  before(async () => {
    await buildPack();
    stack = await TestStack.create("breaches");
  });
  after(() => stack.remove());

  it("gets exactly that violation, and no other", async () => {
    const configuration = { availability: { stacks: ["test"] } };
    const { findings, errors } = await stack.check(withoutStops(configuration, levelsOf(configuration)));
    assert.deepEqual(errors, []);
    assert.deepEqual(
      findings.map(({ policy, urn }) => `${policy} on ${urn.split("::")[3] ?? ""}`).sort(),
      policies.map(({ name }) => `${name} on ${name}`).sort(),
    );
  });

  it("is stopped by the engine where a policy is mandatory, and only there", async () => {
    const only = (name: string, enforcementLevel: string) => ({
      all: "disabled",
      [name]: { enforcementLevel },
    });
    assert.deepEqual((await stack.check(only("image-pinned", "mandatory"))).changes, {});
    const { changes, findings } = await stack.check(only("image-pinned", "advisory"));
    assert.ok((changes.create ?? 0) > 0);
    assert.equal(findings.length, 1);
  });
});
