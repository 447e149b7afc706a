import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fs from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mock } from "node:test";
import { eventually } from "../../../cli/shared/eventually";

const publishing = import("../../../components/scripts/publishRules.mjs");
const sentinel = "access-rules-sentinel.portcullis";
const readNow = fs.readFileSync;

describe("the script that publishes the operator's rules", () => {
  let folder: string;
  const textOf = (file: string) => readFile(join(folder, file), "utf8");
  const published = () => textOf("public/access-rules.json");
  const write = (text: string) => writeFile(join(folder, "raw.json"), text);
  const listLive = async (...ids: string[]) => {
    await writeFile(join(folder, "draft"), ids.map((id) => `${id}\n`).join(""));
    await rename(join(folder, "draft"), join(folder, "live"));
  };
  let timer: NodeJS.Timeout;
  /** How often the script has looked. */
  let looks = 0;
  /** The function that nginx calls, with its own state. */
  const publisher = async () => {
    const { default: script } = await publishing;
    const state = new Map<string, string>();
    const files = { raw_file: join(folder, "raw.json"), live_file: join(folder, "live") };
    return () => {
      script.publish({ ...files, public_folder: join(folder, "public"), sentinel }, state);
    };
  };
  /** Makes it look at that time. */
  const lookAt = (now: number, look: () => void) => {
    const clock = mock.method(Date, "now", () => now);
    look();
    clock.mock.restore();
  };
  const publish = async () => {
    const look = await publisher();
    timer = setInterval(() => {
      look();
      looks += 1;
    }, 50);
  };
  /** Returns when it has looked again, the last time after a pause. */
  const hasLooked = async () => {
    const enough = looks + 3;
    await eventually(() => {
      assert.ok(looks >= enough);
      return Promise.resolve();
    });
  };
  const isPublished = (...ids: string[]) =>
    eventually(
      async () => {
        const text = await published();
        assert.deepEqual(JSON.parse(text), JSON.parse(written(...ids.toSorted())));
        assert.equal(await textOf("public/sum"), checksum(text));
      },
      { seconds: 10 },
    );

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "portcullis-publish-rules-"));
    await mkdir(join(folder, "public"));
    await publish();
  });

  afterEach(async () => {
    clearInterval(timer);
    await rm(folder, { recursive: true });
  });

  it("publishes a complete list with its checksum, and its next version", async () => {
    await listLive("one.a", "two.a", sentinel);
    for (const ids of [
      ["one.a", sentinel],
      ["one.a", "two.a", sentinel],
    ]) {
      await write(written(...ids));
      await isPublished(...ids);
    }
  });

  it("leaves out Rules that do not exist at the start, in the middle and at the end of the operator's list", async () => {
    await write(written("gone.a", "one.a", "gone.b", sentinel, "gone.c"));
    await listLive(sentinel, "one.a");
    await isPublished("one.a", sentinel);
  });

  it("removes a Rule without a write of the operator, and keeps it out in later writes", async () => {
    await write(written("one.a", "two.a", sentinel));
    await listLive("one.a", "two.a", sentinel);
    await isPublished("one.a", "two.a", sentinel);
    await listLive("two.a", sentinel);
    await isPublished("two.a", sentinel);
    await write(written("one.a", "three.a", "two.a", sentinel));
    await listLive("two.a", "three.a", sentinel);
    await isPublished("three.a", "two.a", sentinel);
  });

  it("publishes a Rule again that was created again under its name", async () => {
    await write(written("one.a", sentinel));
    await listLive("one.a", sentinel);
    await isPublished("one.a", sentinel);
    await listLive(sentinel);
    await isPublished(sentinel);
    await listLive("one.a", sentinel);
    await isPublished("one.a", sentinel);
  });

  it("removes a Rule even when the time of the file goes back", async () => {
    await write(written("one.a", sentinel));
    await listLive("one.a", sentinel);
    await isPublished("one.a", sentinel);
    await writeFile(join(folder, "draft"), `${sentinel}\n`);
    await utimes(join(folder, "draft"), 1, 1);
    await rename(join(folder, "draft"), join(folder, "live"));
    await isPublished(sentinel);
  });

  it("publishes at once after the pod's clock was set back, and shows that it is alive", async () => {
    clearInterval(timer);
    const look = await publisher();
    await write(written("one.a", "two.a", sentinel));
    await listLive("one.a", "two.a", sentinel);
    const later = Date.now() + 3_600_000;
    lookAt(later, look);
    await listLive("one.a", sentinel);
    await rm(join(folder, "public/.alive"));
    look();
    await isPublished("one.a", sentinel);
    await stat(join(folder, "public/.alive"));
  });

  it("publishes both of two writes within a tick of the clock, with the same size and time", async () => {
    clearInterval(timer);
    const look = await publisher();
    await listLive("one.a", "two.a", sentinel);
    await utimes(join(folder, "live"), 1, 1);
    const now = Date.now();
    for (const [id, looked] of [
      ["one.a", now],
      ["two.a", now + 10],
    ] as const) {
      await write(written(id, sentinel));
      await utimes(join(folder, "raw.json"), new Date(now), new Date(now));
      lookAt(looked, look);
      assert.deepEqual(JSON.parse(await published()), JSON.parse(written(sentinel, id)));
    }
  });

  it("pauses between two versions of many rules", async () => {
    clearInterval(timer);
    const look = await publisher();
    const ids = Array.from({ length: 1000 }, (_, at) => `rule${at}.a`);
    await write(written(...ids, sentinel));
    await listLive(...ids, sentinel);
    const began = Date.now();
    lookAt(began, look);
    await isPublished(...ids, sentinel);
    await listLive(sentinel);
    lookAt(began + 200, look);
    assert.equal((JSON.parse(await published()) as object[]).length, 1001);
    lookAt(began + 400, look);
    await isPublished(sentinel);
  });

  it("is not misled by texts that look like a rule's beginning, end or id", async () => {
    const [first, ...others] = JSON.parse(written("gone.a", "one.a", sentinel)) as object[];
    const url = '\n  },\n  {\n    "id": "one.a",\n  }\n]';
    await write(JSON.stringify([{ ...first, match: { url } }, ...others], undefined, 2));
    await listLive("one.a", sentinel);
    await isPublished("one.a", sentinel);
  });

  for (const [what, text] of [
    ["an empty file, as while the operator writes", ""],
    ["an empty list, with which no proxy would be ready", "[]"],
    ["half a list", () => written("two.a", sentinel).slice(0, -4)],
    ["a list without the sentinel", () => written("two.a")],
    ["a list with another namespace's sentinel", () => written("two.a", "access-rules-sentinel.team")],
  ] as const)
    it(`never publishes ${what}, and still removes deleted Rules from the last complete list`, async () => {
      await write(written("one.a", "two.a", sentinel));
      await listLive("one.a", "two.a", sentinel);
      await isPublished("one.a", "two.a", sentinel);
      await write(typeof text === "string" ? text : text());
      await hasLooked();
      await isPublished("one.a", "two.a", sentinel);
      await listLive("two.a", sentinel);
      await isPublished("two.a", sentinel);
    });

  it("skips a list that is rewritten while it is read", async () => {
    clearInterval(timer);
    const look = await publisher();
    await listLive("one.a", "two.a", sentinel);
    await write(written("one.a", sentinel));
    look();
    await isPublished("one.a", sentinel);
    const torn = written("two.a", sentinel);
    const reading = mock.method(fs, "readFileSync", (...args: Parameters<typeof fs.readFileSync>) =>
      args[0] === join(folder, "raw.json") && reading.mock.callCount() < 1 ? torn : readNow(...args),
    );
    await write(written("one.a", "two.a", sentinel));
    lookAt(Date.now() + 60_000, look);
    assert.ok(reading.mock.callCount() > 1);
    reading.mock.restore();
    await isPublished("one.a", sentinel);
    lookAt(Date.now() + 120_000, look);
    await isPublished("one.a", "two.a", sentinel);
  });

  it("publishes no new version when the operator writes the same rules in another order", async () => {
    await listLive("one.a", "two.a", sentinel);
    await write(written("one.a", "two.a", sentinel));
    await isPublished("one.a", "two.a", sentinel);
    const { mtimeMs } = await stat(join(folder, "public/sum"));
    await write(written(sentinel, "two.a", "one.a"));
    await hasLooked();
    assert.equal((await stat(join(folder, "public/sum"))).mtimeMs, mtimeMs);
  });

  it("publishes nothing until it knows which Rules exist, the sentinel included", async () => {
    await write(written("one.a", sentinel));
    await hasLooked();
    await assert.rejects(published());
    await listLive("one.a");
    await hasLooked();
    await assert.rejects(published(), "and none that would lack the sentinel");
  });

  it("publishes after a restart what has changed since, not what it knew before", async () => {
    await write(written("one.a", sentinel));
    await listLive("one.a", sentinel);
    await isPublished("one.a", sentinel);
    clearInterval(timer);
    await write(written("one.a", "two.a", sentinel));
    await listLive("two.a", sentinel);
    await publish();
    await isPublished("two.a", sentinel);
  });

  it("replaces the file instead of writing into it, so that a reader gets one whole version", async () => {
    const inode = async () => (await stat(join(folder, "public/access-rules.json"))).ino;
    await listLive("one.a", "two.a", sentinel);
    await write(written("one.a", sentinel));
    await isPublished("one.a", sentinel);
    const before = await inode();
    await write(written("two.a", sentinel));
    await isPublished("two.a", sentinel);
    assert.notEqual(await inode(), before);
  });
});

/** The operator's output for Rules with these ids. */
function written(...ids: string[]): string {
  const upstream = { url: "http://one.a.svc", preserve_host: false };
  return JSON.stringify(
    ids.map((id) => ({ upstream, id, match: { url: "http://<.*>", methods: ["GET"] }, mutators: [{}] })),
    undefined,
    2,
  );
}

function checksum(text: string): string {
  return `${createHash("sha256").update(text).digest("hex")}  -\n`;
}
