import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cached, cacheKey } from "../../../dev/cache";

describe("the cache of built binaries", () => {
  let root: string;
  const before = process.env["PORTCULLIS_CACHE"];

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "portcullis-cache-"));
    process.env["PORTCULLIS_CACHE"] = root;
  });
  afterEach(async () => {
    if (before === undefined) delete process.env["PORTCULLIS_CACHE"];
    else process.env["PORTCULLIS_CACHE"] = before;
    await rm(root, { recursive: true });
  });

  it("builds once and then returns the result", async () => {
    let builds = 0;
    const build = async (folder: string) => {
      builds += 1;
      await writeFile(join(folder, "binary"), String(builds));
    };
    const first = await cached("binaries", "one", build);
    const second = await cached("binaries", "one", build);
    assert.equal(first, second);
    assert.equal(await readFile(join(second, "binary"), "utf8"), "1");
    assert.equal(builds, 1);
  });

  it("shows nothing of a failed build, and tries again", async () => {
    const failing = async (folder: string) => {
      await writeFile(join(folder, "half"), "");
      throw new Error("disk full");
    };
    await assert.rejects(cached("binaries", "one", failing), /disk full/);
    assert.deepEqual(await readdir(join(root, "binaries")), []);
    const folder = await cached("binaries", "one", () => Promise.resolve());
    assert.deepEqual(await readdir(folder), []);
  });

  it("gives each of two concurrent runs a complete folder", async () => {
    let release: () => void = () => undefined;
    const otherIsDone = new Promise<void>((resolve) => (release = resolve));
    const slow = cached("binaries", "one", async (folder) => {
      await otherIsDone;
      await writeFile(join(folder, "binary"), "slow");
    });
    // Another process would draft under its own process id; here the winner appears while the draft is open.
    const winner = join(root, "binaries", "one");
    await mkdir(winner, { recursive: true });
    await writeFile(join(winner, "binary"), "fast");
    release();
    assert.equal(await readFile(join(await slow, "binary"), "utf8"), "fast");
  });

  it("removes drafts of runs that were killed, and no others", async () => {
    const parent = join(root, "binaries");
    const killed = join(parent, ".draft-4194304-old"); // one more than the highest process id
    const running = join(parent, `.draft-${String(process.ppid)}-new`);
    await mkdir(killed, { recursive: true });
    await mkdir(running, { recursive: true });
    await cached("binaries", "one", () => Promise.resolve());
    assert.equal(existsSync(killed), false);
    assert.equal(existsSync(running), true);
  });

  it("removes what was not used for two weeks, and keeps what was used since", async () => {
    const nothing = () => Promise.resolve();
    const unused = await cached("binaries", "unused", nothing);
    const used = await cached("binaries", "used", nothing);
    const longAgo = new Date(Date.now() - 15 * 24 * 60 * 60 * 1000);
    await utimes(unused, longAgo, longAgo);
    await utimes(used, longAgo, longAgo);
    await cached("binaries", "used", nothing);
    await cached("binaries", "new", nothing);
    assert.deepEqual(await readdir(join(root, "binaries")), ["new", "used"]);
  });

  it("gives different inputs different keys, even when their texts join to the same", () => {
    assert.notEqual(cacheKey("ab", "c"), cacheKey("a", "bc"));
    assert.equal(cacheKey("ab", "c"), cacheKey("ab", "c"));
  });
});
