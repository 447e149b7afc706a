import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "../../../dev/checkout";

describe("what a version promises", () => {
  it("is pinned by files that are there", () => {
    const page = readFileSync(join(checkout, "docs/versions.md"), "utf8");
    const files = [...page.matchAll(/`((?:test|components|examples)\/[^`]*)`/g)].map(([, file = ""]) => file);
    assert.ok(files.length > 10);
    assert.deepEqual(
      files.filter((file) => !existsSync(join(checkout, file))),
      [],
    );
  });
});
