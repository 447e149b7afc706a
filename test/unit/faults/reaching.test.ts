import assert from "node:assert/strict";
import { checkout } from "../../../dev/checkout";
import { importsOf } from "../../faults/reaching";

describe("the tests that a fault can show in", () => {
  const pinned = "test/unit/components/pinned.test.ts";
  const links = "test/unit/docs/links.test.ts";
  const imports = importsOf(checkout, [pinned, links]);

  it("are those that import its file, also by way of others and late", () => {
    for (const file of [
      "components/accessGateway.ts",
      "documents/nginx/config.ts",
      "documents/shared/shortHash.ts",
    ])
      assert.ok(imports.get(pinned)?.has(file), file);
  });

  it("are not those that read something else", () => {
    for (const [test, unread] of [
      [links, "documents/nginx/config.ts"],
      [pinned, "dev/devStack.ts"],
    ] as const) {
      const read = imports.get(test);
      assert.ok(read, test);
      assert.ok(!read.has(unread), unread);
    }
  });
});
