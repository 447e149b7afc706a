import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../../../cli/shared/eventually";
import { netcatFolder } from "./netcat";
import { rulesApiPath } from "../../../documents/oathkeeper/rules";

const scripts = join(__dirname, "..", "..", "..", "components", "scripts");
const publishing = import("../../../components/scripts/publishRules.mjs");
const sentinel = "access-rules-sentinel.portcullis";
/** Longer than a loop's turn. */
const TURN_MS = 600;

describe("the script that", () => {
  let folder: string;
  let process_: ChildProcess | undefined;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "portcullis-rule-scripts-"));
  });

  afterEach(async () => {
    await stop();
    await rm(folder, { recursive: true, maxRetries: 3 });
  });

  function start(name: string, env: Readonly<Record<string, string>>): void {
    const options = { env: { ...process.env, ...env }, stdio: "ignore", detached: true } as const;
    process_ = spawn("sh", [join(scripts, name)], options);
  }

  /** With everything that it has started, as when a pod ends. */
  async function stop(): Promise<void> {
    if (process_?.pid !== undefined && process_.exitCode === null) {
      process.kill(-process_.pid, "SIGTERM");
      await once(process_, "exit");
    }
    process_ = undefined;
  }

  const textOf = (file: string) => readFile(join(folder, file), "utf8");

  describe("publishes the operator's rules", () => {
    const published = () => textOf("public/access-rules.json");
    const write = (text: string) => writeFile(join(folder, "raw.json"), text);
    const listLive = async (...ids: string[]) => {
      await writeFile(join(folder, "draft"), ids.map((id) => `${id}\n`).join(""));
      await rename(join(folder, "draft"), join(folder, "live"));
    };
    let timer: NodeJS.Timeout;
    /** What nginx calls, with a state of its own. */
    const publisher = async () => {
      const { default: script } = await publishing;
      const state = new Map<string, string>();
      const files = { raw_file: join(folder, "raw.json"), live_file: join(folder, "live") };
      return () => {
        script.publish({ ...files, public_folder: join(folder, "public"), sentinel }, state);
      };
    };
    const publish = async () => {
      timer = setInterval(await publisher(), 50);
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
      await mkdir(join(folder, "public"));
      await publish();
    });

    afterEach(() => {
      clearInterval(timer);
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

    it("leaves out what the operator writes of Rules that do not exist, first, last and between", async () => {
      await write(written("gone.a", "one.a", "gone.b", sentinel, "gone.c"));
      await listLive(sentinel, "one.a");
      await isPublished("one.a", sentinel);
    });

    it("takes a Rule out with no write of the operator, and keeps it out whatever that writes later", async () => {
      await write(written("one.a", "two.a", sentinel));
      await listLive("one.a", "two.a", sentinel);
      await isPublished("one.a", "two.a", sentinel);
      await listLive("two.a", sentinel);
      await isPublished("two.a", sentinel);
      await write(written("one.a", "three.a", "two.a", sentinel));
      await listLive("two.a", "three.a", sentinel);
      await isPublished("three.a", "two.a", sentinel);
    });

    it("publishes a Rule again that was made anew under its name", async () => {
      await write(written("one.a", sentinel));
      await listLive("one.a", sentinel);
      await isPublished("one.a", sentinel);
      await listLive(sentinel);
      await isPublished(sentinel);
      await listLive("one.a", sentinel);
      await isPublished("one.a", sentinel);
    });

    it("takes a Rule out also where the clock was set back", async () => {
      await write(written("one.a", sentinel));
      await listLive("one.a", sentinel);
      await isPublished("one.a", sentinel);
      await writeFile(join(folder, "draft"), `${sentinel}\n`);
      await utimes(join(folder, "draft"), 1, 1);
      await rename(join(folder, "draft"), join(folder, "live"));
      await isPublished(sentinel);
    });

    it("publishes what is written twice within a tick of the clock, which leaves it with the same size and time", async () => {
      clearInterval(timer);
      const look = await publisher();
      await listLive("one.a", "two.a", sentinel);
      await utimes(join(folder, "live"), 1, 1);
      const now = new Date();
      for (const id of ["one.a", "two.a"]) {
        await write(written(id, sentinel));
        await utimes(join(folder, "raw.json"), now, now);
        look();
        assert.deepEqual(JSON.parse(await published()), JSON.parse(written(sentinel, id)));
      }
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
      it(`never publishes ${what}, and still takes deleted Rules out of the last whole one`, async () => {
        await write(written("one.a", "two.a", sentinel));
        await listLive("one.a", "two.a", sentinel);
        await isPublished("one.a", "two.a", sentinel);
        await write(typeof text === "string" ? text : text());
        await sleep(TURN_MS);
        await isPublished("one.a", "two.a", sentinel);
        await listLive("two.a", sentinel);
        await isPublished("two.a", sentinel);
      });

    it("publishes no other version where the operator writes the same rules in another order", async () => {
      await listLive("one.a", "two.a", sentinel);
      await write(written("one.a", "two.a", sentinel));
      await isPublished("one.a", "two.a", sentinel);
      const { mtimeMs } = await stat(join(folder, "public/sum"));
      await write(written(sentinel, "two.a", "one.a"));
      await sleep(TURN_MS);
      assert.equal((await stat(join(folder, "public/sum"))).mtimeMs, mtimeMs);
    });

    it("publishes nothing while nobody has said which Rules exist", async () => {
      await write(written("one.a", sentinel));
      await sleep(TURN_MS);
      await assert.rejects(published());
      await listLive("one.a");
      await sleep(TURN_MS);
      await assert.rejects(published(), "and none that would lack the sentinel");
    });

    it("started anew, publishes what has changed since, and not what it believed before", async () => {
      await write(written("one.a", sentinel));
      await listLive("one.a", sentinel);
      await isPublished("one.a", sentinel);
      clearInterval(timer);
      await write(written("one.a", "two.a", sentinel));
      await listLive("two.a", sentinel);
      await publish();
      await isPublished("two.a", sentinel);
    });

    it("replaces the file instead of writing into it: who reads it reads one version to its end", async () => {
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

  describe("lists the Rules that exist", () => {
    const token = "secret-token";
    let server: Server;
    let rules: object[];
    let version: number;
    let watches: ServerResponse[];
    let asked: string[];
    let answer: (text: string) => { status: number; text: string };

    const isListed = (...ids: string[]) =>
      eventually(
        async () => {
          const lines = (await textOf("live/rules")).split("\n");
          assert.deepEqual(lines, [...ids, ""]);
        },
        { seconds: 10 },
      );
    const change = (...changed: object[]) => {
      rules = changed;
      version += 1;
      for (const watch of watches.splice(0))
        watch.write(`${JSON.stringify({ type: "MODIFIED", object: {} })}\n`);
    };

    beforeEach(async () => {
      rules = [];
      version = 1;
      watches = [];
      asked = [];
      answer = (text) => ({ status: 200, text });
      server = createServer((request, response) => {
        const { pathname, searchParams } = new URL(request.url ?? "", "http://api");
        assert.equal(pathname, rulesApiPath);
        assert.equal(request.headers.authorization, `Bearer ${token}`);
        if (searchParams.get("watch") === "true") {
          asked.push(`watch from ${String(searchParams.get("resourceVersion"))}`);
          response.writeHead(200).flushHeaders();
          if (searchParams.get("resourceVersion") === String(version)) watches.push(response);
          else response.write(`${JSON.stringify({ type: "MODIFIED", object: {} })}\n`);
          return;
        }
        asked.push(String(request.headers.accept));
        assert.equal(searchParams.get("pretty"), "true");
        const { status, text } = answer(listOf(rules, version));
        response.writeHead(status).end(text);
      }).listen(0, "127.0.0.1");
      await once(server, "listening");
      await mkdir(join(folder, "live"));
      await writeFile(join(folder, "token"), token);
    });

    afterEach(() => {
      server.closeAllConnections();
      server.close();
    });

    async function list(): Promise<void> {
      const { port } = server.address() as AddressInfo;
      start("list-live-rules.sh", {
        API_PORT: String(port),
        API_PATH: rulesApiPath,
        TOKEN_FILE: join(folder, "token"),
        LIVE_FOLDER: join(folder, "live"),
        PATH: `${await netcatFolder(folder)}:${process.env["PATH"] ?? ""}`,
      });
    }

    it("by name and namespace, and no Rule that is being deleted, whoever's finalizer holds it", async () => {
      rules = [
        rule("one", "a"),
        rule("dotted.name", "a", { finalizers: ["finalizer.oathkeeper.ory.sh"] }),
        rule("held", "a", { deletionTimestamp: "2026-01-01T00:00:00Z", finalizers: ["example.com/other"] }),
        rule("one", "b"),
      ];
      await list();
      await isListed("one.a", "dotted.name.a", "one.b");
      assert.equal(asked[0], "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1");
    });

    it("anew with every change, from the version of the last list on", async () => {
      rules = [rule("one", "a"), rule("two", "a")];
      await list();
      await isListed("one.a", "two.a");
      await eventually(() => {
        assert.ok(asked.includes("watch from 1"));
        return Promise.resolve();
      });
      change(rule("two", "a"));
      await isListed("two.a");
      for (const name of ["one", "three", "four", "five", "six", "seven", "eight"]) {
        change(rule("two", "a"), rule(name, "a"));
        await isListed("two.a", `${name}.a`);
      }
    });

    it("is not misled by annotations and labels that look like the members it reads", async () => {
      const text = '\n        "deletionTimestamp": "x"\n    },\n        "name": "other"\n}';
      const annotations = { name: "other", deletionTimestamp: "x", text, [`"name": "other"`]: text };
      rules = [rule("one", "a", { annotations, labels: { name: "other", namespace: "other" } })];
      await list();
      await isListed("one.a");
    });

    for (const [what, change] of [
      ["a refusal", (text: string) => ({ status: 403, text })],
      ["half an answer", (text: string) => ({ status: 200, text: text.slice(0, -2) })],
      ["an answer on one line", (text: string) => ({ status: 200, text: JSON.stringify(JSON.parse(text)) })],
      ["nothing", () => ({ status: 502, text: "" })],
    ] as const)
      it(`keeps the last list after ${what}, and goes on once it is answered`, async () => {
        rules = [rule("one", "a")];
        await list();
        await isListed("one.a");
        answer = change;
        rules = [];
        version += 1;
        for (const watch of watches.splice(0)) watch.write("{}\n");
        await sleep(TURN_MS);
        await isListed("one.a");
        answer = (text) => ({ status: 200, text });
        await isListed();
      });

    it("with the newest token, which the kubelet replaces", async () => {
      await writeFile(join(folder, "token"), "old");
      server.removeAllListeners("request");
      const seen = new Set<string | undefined>();
      const isSeen = (value: string) => {
        assert.ok(seen.has(`Bearer ${value}`));
        return Promise.resolve();
      };
      server.on("request", (request, response: ServerResponse) => {
        seen.add(request.headers.authorization);
        response.writeHead(401).end();
      });
      await list();
      await eventually(() => isSeen("old"));
      await writeFile(join(folder, "token"), "new");
      await eventually(() => isSeen("new"));
    });
  });
});

/** What the operator writes of Rules with these ids. */
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

function rule(name: string, namespace: string, metadata: object = {}): object {
  const managedFields = [{ manager: "kubectl", fieldsV1: { "f:spec": { ".": {} } } }];
  return {
    kind: "PartialObjectMetadata",
    apiVersion: "meta.k8s.io/v1",
    metadata: { name, namespace, resourceVersion: "7", ...metadata, managedFields },
  };
}

function listOf(items: readonly object[], version: number): string {
  const head = { kind: "PartialObjectMetadataList", apiVersion: "meta.k8s.io/v1" };
  return JSON.stringify({ ...head, metadata: { resourceVersion: String(version) }, items }, undefined, 2);
}
