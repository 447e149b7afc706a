import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { CommandError } from "../../cli/shared/exec";
import { eventually } from "../../cli/shared/eventually";
import { end, isAlive, recordOf, type RecordedProcess } from "../../dev/processes";
import { TestNamespace } from "./namespace";
import { TestStack } from "./testStack";

describe("a run that is killed", () => {
  const namespace = new TestNamespace("engine-killed");
  let stack: TestStack;

  before(async () => {
    await namespace.create();
    stack = await TestStack.create("objects");
  });
  after(async () => {
    await namespace.remove();
    await stack.remove();
  });

  const locks = async () => {
    const folder = join(stack.stateFolder, "pulumi/.pulumi/locks");
    const entries = await readdir(folder, { recursive: true });
    return entries.filter((name) => name.endsWith(".json")).map((name) => join(folder, name));
  };

  const childrenOf = async (pid: number): Promise<readonly RecordedProcess[]> => {
    const threads = await readdir(`/proc/${String(pid)}/task`);
    const lists = await Promise.all(
      threads.map((thread) => readFile(`/proc/${String(pid)}/task/${thread}/children`, "utf8")),
    );
    return lists.flatMap((list) => list.split(" ").filter(Boolean).map(Number)).map(recordOf);
  };

  it("leaves a lock and half the work, which the next run clears and finishes", async () => {
    const names = ["made", "not-made"];
    const program = (annotations: object) => ({
      objects: Object.fromEntries(
        names.map((name) => [name, { metadata: { name, namespace: namespace.name, annotations }, data: {} }]),
      ),
    });
    const neverReady = { "pulumi.com/waitFor": "jsonpath={.data.never}" };
    const soonReady = { "pulumi.com/waitFor": "jsonpath={.kind}=ConfigMap" };
    const up = assert.rejects(stack.run("up", program(neverReady)), CommandError);
    await eventually(() => Promise.all(names.map((name) => namespace.get("configmap", name))));

    const [lock] = await locks();
    const { pid } = JSON.parse(await readFile(lock ?? "", "utf8")) as { pid: number };
    const plugins = await childrenOf(pid);
    assert.ok(plugins.length > 0, "the engine runs plugins");
    await end({ pid }, "SIGKILL");
    await up;
    assert.equal((await locks()).length, 1);
    await eventually(
      () => {
        const left = plugins.filter(isAlive);
        return left.length === 0 ? Promise.resolve() : Promise.reject(new Error("plugins are left"));
      },
      { seconds: 30 },
    );
    await namespace.kubectl("delete", "configmap", "not-made");

    const { changes } = await stack.run("up", program(soonReady));
    assert.deepEqual(changes, { same: 1, update: 1, create: 1 });
    assert.deepEqual(await locks(), []);
    await stack.run("destroy", program(soonReady));
    assert.deepEqual(await namespace.list("configmap"), []);
  });
});
