import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CommandError } from "../../cli/shared/exec";
import { checkout } from "../../dev/checkout";
import { runStack, type Overlay } from "../../dev/plugins/stackRun";
import { nineMistakes } from "../mistakes";

describe("mistakes in a stack's file", () => {
  let stateFolder: string;

  before(async () => {
    stateFolder = await mkdtemp(join(tmpdir(), "portcullis-settings-"));
  });
  after(() => rm(stateFolder, { recursive: true }));

  it("are in one report, together with those that the engine finds itself", async () => {
    const overlay: Overlay = Object.fromEntries(
      Object.entries(nineMistakes.settings).map(([key, value]) => [`portcullis:${key}`, { value }] as const),
    );
    const error: unknown = await runStack({
      command: "preview",
      stack: "dev",
      program: join(checkout, "index.ts"),
      cluster: { stateFolder },
      overlay: { ...overlay, "portcullis:clientSecret.stub": { value: "hunter2 ", secret: true } },
    }).then(
      () => assert.fail("the preview succeeded"),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof CommandError, String(error));
    // The Automation API prints an inline program's error twice.
    const [, report = ""] = error.output.split(/^ *error: The stack's configuration has 9 problems:\n/m);
    const told = report.split("\n").flatMap((line) => /^ *- (.*)/.exec(line)?.[1] ?? []);
    assert.deepEqual(told, nineMistakes.lines);
    assert.doesNotMatch(error.output, /hunter2|^\s+at /m);
  });
});
