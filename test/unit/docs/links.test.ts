import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { checkout } from "../../../dev/checkout";

const pages = ["*.md", "docs/**/*.md", "examples/**/*.md", "dev/**/*.md", "policy/*.md"].flatMap((pattern) =>
  globSync(join(checkout, pattern)),
);

const projectPath = /`((?:cli|components|dev|docs|documents|policy|stacks|test)\/[^`\s]*)`/g;
/** Files that the reader creates. */
const yours = ["stacks/team/Pulumi.team-a.yaml"];

describe("the pages' links", () => {
  it("lead to files and headings that exist", () => {
    assert.ok(pages.length > 20);
    assert.deepEqual(pages.flatMap(deadLinks), []);
  });

  it("and the paths in the text lead to files that exist", () => {
    assert.ok(pages.flatMap(pathsOf).length > 100);
    const dead = pages.flatMap((page) =>
      pathsOf(page)
        .filter((path) => !yours.includes(path) && !existsSync(join(checkout, path)))
        .map((path) => `${relative(checkout, page)}: ${path}`),
    );
    assert.deepEqual(dead, []);
  });

  it("leave no page of docs/ out of the table of contents", () => {
    const contents = linksOf(join(checkout, "docs/README.md")).map(([file]) => file);
    const missing = globSync(join(checkout, "docs/*.md")).filter((page) => !contents.includes(page));
    assert.deepEqual(
      missing.map((page) => relative(checkout, page)),
      [join("docs", "README.md")],
    );
  });
});

/** File and heading of every relative link of a page. */
function linksOf(page: string): [file: string, heading: string][] {
  const text = readFileSync(page, "utf8").replace(/```.*?```/gs, "");
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = ""]): [string, string][] => {
    if (/^[a-z]+:/.test(target)) return [];
    const [file = "", heading = ""] = target.split("#");
    return [[file === "" ? page : join(dirname(page), file), heading]];
  });
}

/** The project's files that a page names, between backticks. */
function pathsOf(page: string): string[] {
  const text = readFileSync(page, "utf8").replace(/```.*?```/gs, "");
  return [...text.matchAll(projectPath)].map(([, path = ""]) => path);
}

function deadLinks(page: string): string[] {
  return linksOf(page).flatMap(([file, heading]) => {
    const found = existsSync(file) && (heading === "" || headingsOf(file).includes(heading));
    return found ? [] : [`${relative(checkout, page)}: ${relative(checkout, file)}#${heading}`];
  });
}

/** The anchors that GitHub generates from a page's headings. */
function headingsOf(file: string): string[] {
  const lines = readFileSync(file, "utf8")
    .replace(/```.*?```/gs, "")
    .split("\n");
  return lines
    .filter((line) => /^#+ /.test(line))
    .map((line) =>
      line
        .replace(/^#+ /, "")
        .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-"),
    );
}
