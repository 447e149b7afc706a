import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { routeKinds } from "../../../policy/lib/routes";
import { policyTable, remediationTable } from "./policyTable";

const page = readFileSync(join(__dirname, "..", "..", "..", "docs", "policies.md"), "utf8");

describe("docs/policies.md", () => {
  it("lists every policy as the pack defines it", () => {
    const written = page.split("\n").filter((line) => line.startsWith("|"));
    const tables = [policyTable(), remediationTable()].join("\n").split("\n");
    assert.deepEqual(written.map(cells), tables.map(cells));
  });

  it("names every kind of route that the pack checks", () => {
    for (const kind of routeKinds.flatMap(({ kinds }) => kinds))
      assert.ok(page.includes(`\`${kind}\``), kind);
  });
});

/** Regardless of the column width that the formatter chooses. */
function cells(row: string): string[] {
  return row.split("|").map((cell) => cell.trim().replace(/^-+$/, "---"));
}
