import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as components from "../../../components";
import { checkout } from "../../../dev/checkout";

describe("the page of the library", () => {
  it("lists every class and function that a program can import, in the table of the public API", () => {
    const page = readFileSync(join(checkout, "docs/library.md"), "utf8");
    const [, table = ""] = /## Public API\n\n((?:\|.*\n)+)/.exec(page) ?? [];
    const listed = [...table.matchAll(/^\|([^|]*)\|/gm)].flatMap(([, cell = ""]) =>
      [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name),
    );
    const callable = Object.entries(components).flatMap(([name, value]) =>
      typeof value === "function" ? [name] : [],
    );
    assert.ok(callable.includes("AccessGateway"));
    assert.deepEqual(
      callable.filter((name) => !listed.includes(name)),
      [],
    );
  });
});
