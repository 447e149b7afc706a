import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "../../../dev/checkout";

describe("the decisions", () => {
  const folder = join(checkout, "docs/decisions");
  const pages = readdirSync(folder)
    .filter((file) => /^\d{4}-.*\.md$/.test(file))
    .sort();
  const numberOf = (file: string) => Number(file.slice(0, 4));

  it("are all in the index, in order", () => {
    const index = readFileSync(join(folder, "README.md"), "utf8");
    const rows = [...index.matchAll(/^\| \[(\d+)\]\(([^)]+)\)/gm)].map(([, number, file]) => ({
      number,
      file,
    }));
    assert.deepEqual(
      rows,
      pages.map((file) => ({ number: String(numberOf(file)), file })),
    );
  });

  for (const page of pages)
    it(`have a status: ${page}`, () => {
      const [title = "", blank, status = ""] = readFileSync(join(folder, page), "utf8").split("\n");
      assert.match(title, new RegExp(`^# ${numberOf(page)}[.] `));
      assert.equal(blank, "");
      assert.match(
        status,
        /^\*\*Status\.\*\* (Accepted\.|Accepted, amended by \[\d+\]\(|Superseded by \[\d+\]\()/,
        'Write "**Status.** Accepted." below the title, and an empty line, or name the page that changed it.',
      );
    });

  it("are amended and superseded only by later ones", () => {
    for (const page of pages) {
      const [, , status = ""] = readFileSync(join(folder, page), "utf8").split("\n");
      for (const [, number, file] of status.matchAll(/\[(\d+)\]\(([^)]+)\)/g)) {
        assert.ok(Number(number) > numberOf(page), `${page}: ${status}`);
        assert.equal(Number(number), numberOf(file ?? ""), `${page}: ${status}`);
      }
    }
  });
});
