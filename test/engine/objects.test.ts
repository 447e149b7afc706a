import assert from "node:assert/strict";
import { TestNamespace } from "./namespace";
import { TestStack } from "./testStack";

describe("the objects of a stack", () => {
  const namespace = new TestNamespace("engine-objects");
  let stack: TestStack;

  before(async () => {
    await namespace.create();
    stack = await TestStack.create("objects");
  });
  after(async () => {
    await namespace.remove();
    await stack.remove();
  });

  const configMap = (data: object, metadata: object = {}) => ({
    kind: "ConfigMap",
    metadata: { namespace: namespace.name, ...metadata },
    data,
  });
  /** The program in its current version: a fixed name, and one that the engine makes up. */
  const program = ({ fixed = "1", autonamed = "1", label = "1" } = {}) => ({
    objects: {
      fixed: configMap({ version: fixed }, { name: "fixed", labels: { version: label } }),
      autonamed: configMap({ version: autonamed }),
    },
  });
  const nameOfAutonamed = async () => {
    const names = await namespace.list("configmap");
    const others = names.filter((name) => name !== "configmap/fixed");
    assert.equal(others.length, 1, `one autonamed ConfigMap, not ${names.join(", ")}`);
    return (others[0] ?? "").replace("configmap/", "");
  };
  const place = (lines: readonly string[], step: string) => {
    const index = lines.findIndex((line) => line.includes(step));
    assert.ok(index >= 0, `no "${step}" in ${lines.join("\n")}`);
    return index;
  };

  it("are only listed by a preview", async () => {
    const { changes, lines } = await stack.run("preview", program());
    assert.deepEqual(changes, { create: 3 });
    assert.ok(
      lines.some((line) => line.includes("kubernetes: a stand-in")),
      "says that it is a stand-in",
    );
    assert.ok(!lines.some((line) => line.includes("warning")), lines.join("\n"));
    assert.deepEqual(await namespace.list("configmap"), []);
  });

  it("are created", async () => {
    assert.deepEqual((await stack.run("up", program())).changes, { create: 3 });
    assert.deepEqual((await namespace.get("configmap", "fixed")).data, { version: "1" });
    assert.match(await nameOfAutonamed(), /^autonamed-[0-9a-f]{8}$/);
  });

  it("are left alone by a second run", async () => {
    const before = await namespace.get("configmap", "fixed");
    assert.deepEqual((await stack.run("up", program())).changes, { same: 3 });
    const { metadata } = await namespace.get("configmap", "fixed");
    assert.equal(metadata.resourceVersion, before.metadata.resourceVersion);
  });

  it("are updated in place, also by taking a field away", async () => {
    const { uid } = (await namespace.get("configmap", "fixed")).metadata;
    const labels = () =>
      namespace.kubectl("get", "configmap", "fixed", "--output=jsonpath={.metadata.labels}");

    assert.deepEqual((await stack.run("up", program({ label: "2" }))).changes, { same: 2, update: 1 });
    assert.deepEqual(JSON.parse(await labels()), { version: "2" });
    const { objects } = program();
    const bare = { ...objects, fixed: configMap({ version: "1" }, { name: "fixed" }) };
    assert.deepEqual((await stack.run("up", { objects: bare })).changes, { same: 2, update: 1 });
    assert.equal(await labels(), "");
    assert.equal((await namespace.get("configmap", "fixed")).metadata.uid, uid);
  });

  it("are replaced before the old one goes where the name is made up, after it where it is fixed", async () => {
    const [oldName, oldFixed] = [await nameOfAutonamed(), await namespace.get("configmap", "fixed")];
    const next = program({ fixed: "2", autonamed: "2" });

    const previewed = await stack.run("preview", next);
    assert.deepEqual(previewed.changes, { same: 1, replace: 2 });
    const { changes, lines } = await stack.run("up", next);

    assert.deepEqual(changes, { same: 1, replace: 2 });
    const made = "created replacement";
    const gone = "deleted original";
    assert.ok(
      place(lines, `ConfigMap autonamed ${made}`) < place(lines, `ConfigMap autonamed ${gone}`),
      lines.join("\n"),
    );
    assert.ok(
      place(lines, `ConfigMap fixed ${gone}`) < place(lines, `ConfigMap fixed ${made}`),
      lines.join("\n"),
    );
    assert.notEqual(await nameOfAutonamed(), oldName);
    const fixed = await namespace.get("configmap", "fixed");
    assert.notEqual(fixed.metadata.uid, oldFixed.metadata.uid);
    assert.deepEqual(fixed.data, { version: "2" });
  });

  it("are put right after somebody changed or deleted them, once a refresh has seen it", async () => {
    const current = program({ fixed: "2", autonamed: "2" });
    await namespace.kubectl("label", "--overwrite", "configmap", "fixed", "version=meddled");
    await namespace.kubectl("delete", "configmap", await nameOfAutonamed());

    assert.deepEqual((await stack.run("refresh", current)).changes, { same: 1, update: 1, delete: 1 });
    assert.deepEqual((await stack.run("up", current)).changes, { same: 1, update: 1, create: 1 });

    const label = await namespace.kubectl(
      "get",
      "configmap",
      "fixed",
      "--output=jsonpath={.metadata.labels.version}",
    );
    assert.equal(label, "1");
    await nameOfAutonamed();
  });

  it("are not said to have drifted by what the program does not set", async () => {
    await namespace.kubectl("label", "configmap", "fixed", "added-by=somebody");
    const current = program({ fixed: "2", autonamed: "2" });
    await stack.run("refresh", current);
    assert.deepEqual((await stack.run("up", current)).changes, { same: 3 });
  });

  it("are deleted when they leave the program", async () => {
    const { autonamed } = program({ autonamed: "2" }).objects;
    assert.deepEqual((await stack.run("up", { objects: { autonamed } })).changes, { same: 2, delete: 1 });
    assert.equal((await namespace.list("configmap")).length, 1);
  });

  it("leave nothing behind when the stack is destroyed", async () => {
    await stack.run("destroy", program());
    assert.deepEqual(await namespace.list("configmap"), []);
    const { deployment } = await stack.run("export", program());
    assert.deepEqual((deployment as { resources?: unknown[] }).resources ?? [], []);
  });
});
