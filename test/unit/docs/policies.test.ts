import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { policyTable } from "../../../policy/table";

const docs = join(__dirname, "..", "..", "..", "docs");

describe("docs/policies.md", () => {
  it("lists every policy as the pack has it", () => {
    const written = readFileSync(join(docs, "policies.md"), "utf8")
      .split("\n")
      .filter((line) => line.startsWith("|"))
      .map(cells);
    assert.deepEqual(written, policyTable().split("\n").map(cells));
  });
});

/** Whatever width the formatter gives a column. */
function cells(row: string): string[] {
  return row.split("|").map((cell) => cell.trim().replace(/^-+$/, "---"));
}
