import assert from "node:assert/strict";
import { checkout } from "../../../dev/checkout";
import { importsOf } from "../../faults/reaching";

describe("the tests that can detect a fault", () => {
  const pinned = "test/unit/components/pinned.test.ts";
  const links = "test/unit/docs/links.test.ts";
  const imports = importsOf(checkout, [pinned, links]);

  it("include those that import its file, even indirectly and late", () => {
    for (const file of [
      "components/accessGateway.ts",
      "documents/nginx/config.ts",
      "documents/shared/shortHash.ts",
    ])
      assert.ok(imports.get(pinned)?.has(file), file);
  });

  it("exclude those that do not import its file", () => {
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
