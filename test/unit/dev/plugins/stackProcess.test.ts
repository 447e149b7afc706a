import assert from "node:assert/strict";
import { checkout } from "../../../../dev/checkout";
import { run } from "../../../../cli/shared/exec";

describe("the process of a stack's run", () => {
  it("loads no SDK besides the program's own, whose messages another version would replace", async () => {
    const program = `
      require("./dev/plugins/stackProcess");
      console.log(JSON.stringify(Object.keys(require.cache)));
      process.exit(0);`;
    const loaded = await run(process.execPath, ["--import", "tsx", "--eval", program], { cwd: checkout });
    assert.match(loaded, /dev\/plugins\/stackProcess/);
    assert.doesNotMatch(loaded, /node_modules\/@pulumi/);
  });
});
