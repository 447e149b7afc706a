import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { eventually } from "../../cli/shared/eventually";
import { checkout } from "../../dev/checkout";
import { runStack, type StackCommand } from "../../dev/plugins/stackRun";
import { testCluster } from "../cluster/run";
import { TestNamespace } from "./namespace";

const STACK = "interrupted";
const PROJECT = "engine-objects";

describe("a run of dev/stack.ts", () => {
  const namespace = new TestNamespace("engine-interrupted");
  const program = join(__dirname, "programs/objects/index.ts");

  before(() => namespace.create());
  after(() => namespace.remove());

  const objects = (annotations: object) => ({
    slow: { metadata: { name: "slow", namespace: namespace.name, annotations }, data: {} },
  });

  const run = async (command: StackCommand) =>
    runStack({
      command,
      stack: STACK,
      program,
      cluster: await testCluster(),
      overlay: { [`${PROJECT}:objects`]: { value: objects({}) } },
    });

  const locks = async () => {
    const { stateFolder } = await testCluster();
    const folder = join(stateFolder, "pulumi/.pulumi/locks/organization", PROJECT, STACK);
    return (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(".json"));
  };

  /** Starts a run that waits forever, and returns once it waits. */
  const start = async () => {
    const { instance } = await testCluster();
    const never = JSON.stringify(objects({ "pulumi.com/waitFor": "jsonpath={.data.never}" }));
    const child = spawn(
      process.execPath,
      [
        ...["--import", "tsx", join(checkout, "dev/stack.ts"), "up", "--stack", STACK],
        ...[
          "--instance",
          instance.name,
          "--yes",
          "--program",
          program,
          "--config",
          `${PROJECT}:objects=${never}`,
        ],
      ],
      { cwd: checkout, stdio: "ignore" },
    );
    await eventually(() => namespace.get("configmap", "slow"));
    assert.equal((await locks()).length, 1);
    return child;
  };

  it("continues when a second one starts, which fails because the stack is locked", async () => {
    const child = await start();
    const held = await locks();
    await assert.rejects(run("up"), /the stack is currently locked by 1 lock/);
    assert.deepEqual(await locks(), held);
    assert.equal(child.exitCode, null);
    child.kill("SIGINT");
    await once(child, "exit");
    await run("destroy");
  });

  for (const { signal, code } of [
    { signal: "SIGINT", code: 130 },
    { signal: "SIGKILL", code: null },
  ] as const) {
    it(`that is interrupted by ${signal} ends in order: the state has what it made, and nothing is locked`, async () => {
      const child = await start();
      child.kill(signal);
      const [exitCode] = (await once(child, "exit")) as [number | null];
      assert.equal(exitCode, code);
      await eventually(async () => {
        assert.deepEqual(await locks(), []);
      });

      assert.deepEqual((await run("up")).changes, { same: 1, update: 1 });
      await run("destroy");
      assert.deepEqual(await namespace.list("configmap"), []);
    });
  }
});
