import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { portcullis } from "../../../cli/main";
import { exitCodes } from "../../../cli/shared/failure";
import { checkout } from "../../../dev/checkout";

describe("the page of the command", () => {
  let page: string;
  before(async () => {
    page = await readFile(join(checkout, "docs/command.md"), "utf8");
  });

  it("has every command, option and exit code, and no unknown option", () => {
    const program = portcullis();
    const commands = [program, ...program.commands, ...program.commands.flatMap((one) => [...one.commands])];
    const options = commands.flatMap((one) =>
      one
        .createHelp()
        .visibleOptions(one)
        .flatMap(({ long }) => long ?? []),
    );
    const missing = [
      ...program.commands.map((one) => `\`${one.name()}`),
      ...options.map((long) => `\`${long}`),
      ...Object.values(exitCodes).map((code) => `| ${String(code).padEnd(4)} |`),
    ].filter((text) => !page.includes(text));
    assert.deepEqual(missing, []);
    const told = [...page.matchAll(/`(--[a-z-]+)/g)].map(([, long = ""]) => long);
    assert.deepEqual(
      told.filter((long) => !options.includes(long)),
      [],
    );
  });
});
