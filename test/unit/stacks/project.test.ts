import assert from "node:assert/strict";
import { gateway } from "../../../stacks/gateway";
import { parseSettings } from "../../../stacks/settings/parse";
import { run } from "../mocks";
import { asEngine, devConfig, projectFile } from "./configuration";

interface Declared {
  readonly type?: unknown;
  readonly description: string;
  readonly default?: unknown;
}

function declaredIn(file: string): [string, Declared][] {
  const { document } = projectFile(file);
  return Object.entries((document as { config: Record<string, Declared> }).config);
}

for (const file of ["Pulumi.yaml", "stacks/team/Pulumi.yaml"])
  describe(file, () => {
    it("declares nothing that the engine would refuse a stack for, before the program tells all", () => {
      const declared = declaredIn(file);
      assert.ok(declared.length > 0);
      assert.deepEqual(
        declared.filter(([, { type, default: value }]) => type !== undefined || value === undefined),
        [],
      );
    });
  });

describe("Pulumi.yaml", () => {
  it("has defaults that change nothing: the program's own are the same", async () => {
    const defaults = asEngine(
      Object.fromEntries(declaredIn("Pulumi.yaml").map(([key, { default: value }]) => [key, value])),
    );
    const least = Object.fromEntries(Object.entries(devConfig()).filter(([key]) => !(key in defaults)));
    assert.ok(Object.keys(defaults).length > 5);
    const { made: without } = await run(() => gateway(parseSettings(least)));
    const { made: withDefaults } = await run(() => gateway(parseSettings({ ...defaults, ...least })));
    assert.deepEqual(withDefaults.inOrder, without.inOrder);
  });
});
