import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { end, isAlive, recordOf } from "../../../dev/processes";

describe("recorded processes", () => {
  it("are found alive, then ended and found dead", async () => {
    const child = spawn("sleep", ["60"]);
    const recorded = recordOf(child.pid ?? 0);
    assert.equal(isAlive(recorded), true);
    await end(recorded);
    assert.equal(isAlive(recorded), false);
  });

  it("are not confused with a later process of the same number", async () => {
    const another = { ...recordOf(process.pid), startTicks: "1" };
    assert.equal(isAlive(another), false);
    await end(another); // would end this test run
  });
});
