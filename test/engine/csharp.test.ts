import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../cli/shared/exec";
import { checkout } from "../../dev/checkout";
import { binary } from "../../dev/node/binaries";
import { blockOf } from "../blockOf";

describe("the SDK for C#, which no test compiles", function () {
  this.timeout(900_000); // Go builds the generator the first time
  let sdk: string;

  before(async () => {
    sdk = await mkdtemp(join(tmpdir(), "portcullis-csharp-"));
    await run(await binary("pulumi-csharp"), [join(checkout, "package/schema.json"), sdk]);
  });
  after(() => rm(sdk, { recursive: true }));

  it("has the classes and members that the documented program names", async () => {
    const program = blockOf("csharp", await readFile(join(checkout, "docs/languages.md"), "utf8"));
    const named = membersOf(program);
    assert.ok(named.length > 20, String(named.length));
    for (const [className, member] of named) {
      const text = classText(sdk, className);
      assert.ok(text !== undefined, className);
      assert.match(text, new RegExp(`public [^\\n]* ${member}\\b`), `${className}.${member}`);
    }
  });
});

/** The text of the file that contains a class of arguments. */
function classText(sdk: string, className: string): string | undefined {
  const files = [join("Inputs", `${className}.cs`), `${className.replace(/Args$/, "")}.cs`];
  const file = files.map((name) => join(sdk, name)).find((name) => existsSync(name));
  return file === undefined ? undefined : readFileSync(file, "utf8");
}

/** The members that a program sets, with their classes: those assigned within the braces of `new Class`. */
function membersOf(program: string): (readonly [className: string, member: string])[] {
  const found: (readonly [string, string])[] = [];
  const within: (string | undefined)[] = [];
  let opens: string | undefined;
  for (const [token, made] of program.matchAll(/new (\w+Args)|"[^"]*"|\w+ =(?!=|>)|[{}]/g)) {
    if (made !== undefined) opens = made;
    else if (token === "{") {
      within.push(opens);
      opens = undefined;
    } else if (token === "}") within.pop();
    else if (token.endsWith("=")) {
      const className = within.at(-1);
      if (className !== undefined) found.push([className, token.slice(0, -2)]);
      opens = undefined;
    }
  }
  return found;
}
