import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { checkout } from "../../../dev/checkout";

const read = (file: string) => readFile(join(checkout, file), "utf8");

/** The program without its comments, its outputs and its import path. */
function essence(program: string): string {
  return program
    .split("\n")
    .filter((line) => !/^(\/\/|\/\*\*|export )/.test(line.trim()))
    .join("\n")
    .replace(/"\.\.\/\.\.\/components"/, '"portcullis"')
    .replace("const prometheus = new", "new")
    .trim();
}

describe("the README", () => {
  it("shows the program of examples/quickStart", async () => {
    const shown = /```ts\n([\s\S]*?)```/.exec(await read("README.md"))?.[1] ?? "";
    assert.equal(essence(shown), essence(await read("examples/quickStart/index.ts")));
  });

  it("names only targets that the Makefile has", async () => {
    const targets = new Set(
      [...(await read("Makefile")).matchAll(/^([a-z0-9-]+):/gm)].map(([, name]) => name),
    );
    const named = [...(await read("README.md")).matchAll(/\bmake ([a-z0-9-]+)/g)].map(([, name]) => name);
    assert.ok(named.length >= 2);
    assert.deepEqual(
      named.filter((name) => !targets.has(name)),
      [],
    );
  });
});
