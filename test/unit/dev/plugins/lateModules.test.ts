import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadLate } from "../../../../dev/plugins/lateModules";

describe("a package that is loaded late", () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "portcullis-late-"));
    const large = join(folder, "node_modules/large");
    await mkdir(large, { recursive: true });
    await writeFile(
      join(large, "index.js"),
      "exports.loads = (exports.loads ?? 0) + 1; exports.word = 'used';",
    );
    await writeFile(join(folder, "user.js"), "exports.large = require('large');");
  });
  after(() => rm(folder, { recursive: true }));

  it("is loaded once, at its first use, and is then the package itself", () => {
    const user = join(folder, "user.js");
    const require = createRequire(user);
    const file = require.resolve("large");
    const isLoaded = () => "loads" in (require.cache[file]?.exports as object);
    loadLate(user, ["large"]);
    const { large } = require(user) as { large: { word: string; loads: number } };
    assert.ok(!isLoaded());
    assert.deepEqual([large.word, large.word, large.loads], ["used", "used", 1]);
    assert.ok(isLoaded());
    assert.deepEqual(require("large"), { word: "used", loads: 1 });
  });

  it("may be missing until it is required", () => {
    const user = join(folder, "user.js");
    loadLate(user, ["missing"]);
    assert.throws(() => createRequire(user)("missing"), { code: "MODULE_NOT_FOUND" });
  });

  it("stays the same where it is loaded already", () => {
    const user = join(folder, "user.js");
    const loaded = createRequire(user)("large") as object;
    loadLate(user, ["large"]);
    assert.equal(createRequire(user)("large"), loaded);
  });
});
