import assert from "node:assert/strict";
import { parse } from "node-html-parser";
import { table, withTable } from "../../../bench/report";
import type { Report } from "../../../bench/results";
import { barChart } from "../../../bench/svg";

const spread = { median: 14, min: 13, max: 16, repetitions: 5 };
const report: Report = {
  commit: "abc",
  date: "2026-01-01",
  machine: "2 cores",
  turns: 5,
  start: {
    loginPageSeconds: 14,
    demoWarmSeconds: 74,
    spread: { loginPageSeconds: spread, demoWarmSeconds: spread },
  },
};

describe("the benchmark's report", () => {
  it("says whether each aim was met, and what was not measured", () => {
    const rows = table(report)
      .split("\n")
      .map((line) => line.split("|").map((cell) => cell.trim()));
    const row = (what: string) => rows.find((cells) => cells[1] === what)?.slice(2, 5);
    assert.deepEqual(row("From an empty cluster to the login page"), ["14 s", "≤ 15 s", "yes"]);
    assert.deepEqual(row("`make demo`, everything built"), ["74 s", "≤ 60 s", "**no**"]);
    assert.deepEqual(row("Answers under load that were not 200"), ["not measured", "≤ 0", ""]);
  });

  it("puts its table between the marks and keeps the rest of the page", () => {
    const page = "before\n<!-- table -->\n\nold\n<!-- end of the table -->\nafter\n";
    const expected = "before\n<!-- table -->\n\nnew\n<!-- end of the table -->\nafter\n";
    assert.equal(withTable(page, "new"), expected);
    assert.equal(withTable(expected, "new"), expected);
    assert.throws(() => withTable("no marks", "new"), RangeError);
  });

  it("draws a bar as long as its share of the longest, and text that cannot break the file", () => {
    const svg = barChart({
      title: "a < b",
      unit: "s",
      bars: [
        { label: "half", median: 1, min: 1, max: 1 },
        { label: "whole", median: 2, min: 2, max: 2 },
      ],
    });
    const drawn = parse(svg);
    const widths = drawn.querySelectorAll("rect").map((rect) => Number(rect.getAttribute("width")));
    assert.equal(widths.length, 2);
    assert.equal((widths[0] ?? 0) * 2, widths[1]);
    assert.ok(svg.includes("<title>a &lt; b</title>"));
  });
});
