import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "../../../dev/checkout";
import { version } from "../../../package.json";

describe("what a version promises", () => {
  it("is pinned by files that exist", () => {
    const page = readFileSync(join(checkout, "docs/versions.md"), "utf8");
    const files = [...page.matchAll(/`((?:test|components|examples)\/[^`]*)`/g)].map(([, file = ""]) => file);
    assert.ok(files.length > 10);
    assert.deepEqual(
      files.filter((file) => !existsSync(join(checkout, file))),
      [],
    );
  });
});

describe("the version that pages tell readers to install", () => {
  it("is this one", () => {
    const pages = globSync("docs/*.md", { cwd: checkout });
    const told = pages.flatMap((page) =>
      [
        ...readFileSync(join(checkout, page), "utf8").matchAll(/(?:plugin@v|portcullis-)(\d+\.\d+\.\d+)/g),
      ].map(([, named = ""]) => `${page} ${named}`),
    );
    assert.ok(told.length >= 6, told.join());
    assert.deepEqual(
      told.filter((one) => !one.endsWith(` ${version}`)),
      [],
    );
  });
});
