import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "../../../cli/shared/eventually";
import { netcatFolder } from "./netcat";
import { rulesApiPath } from "../../../documents/oathkeeper/ruleSpec";

const scripts = join(__dirname, "..", "..", "..", "components", "scripts");

describe("the script that", () => {
  let folder: string;
  let process_: ChildProcess | undefined;
  let said: string;

  beforeEach(async () => {
    said = "";
    folder = await mkdtemp(join(tmpdir(), "portcullis-rule-scripts-"));
  });

  afterEach(async () => {
    await stop();
    await rm(folder, { recursive: true, maxRetries: 3 });
  });

  function start(name: string, env: Readonly<Record<string, string>>): void {
    const options = { env: { ...process.env, ...env }, detached: true } as const;
    process_ = spawn("sh", [join(scripts, name)], { ...options, stdio: ["ignore", "ignore", "pipe"] });
    process_.stderr?.on("data", (text: Buffer) => {
      said += text.toString();
    });
  }

  /** Stops it with everything that it has started, as when a pod ends. */
  async function stop(): Promise<void> {
    if (process_?.pid !== undefined && process_.exitCode === null) {
      process.kill(-process_.pid, "SIGTERM");
      await once(process_, "exit");
    }
    process_ = undefined;
  }

  const textOf = (file: string) => readFile(join(folder, file), "utf8");

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
    /** Waits for two more list requests: by then the effects of the first answer are complete. */
    const isAskedAgain = async () => {
      const lists = () => asked.filter((one) => !one.startsWith("watch")).length;
      const enough = lists() + 2;
      await eventually(() => {
        assert.ok(lists() >= enough);
        return Promise.resolve();
      });
    };
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

    it("by name and namespace, without Rules that are being deleted, whatever finalizer holds them", async () => {
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

    it("again after every change, and watches from the version of the last list", async () => {
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

    const cut = "the answer is cut off, or no list";
    for (const [what, reason, broken] of [
      ["a refusal", "answered by 403", (text: string) => ({ status: 403, text })],
      ["half an answer", cut, (text: string) => ({ status: 200, text: text.slice(0, -2) })],
      ["one line", cut, (text: string) => ({ status: 200, text: JSON.stringify(JSON.parse(text)) })],
      ["nothing", "answered by 502", () => ({ status: 502, text: "" })],
    ] as const)
      it(`keeps the last list after ${what}, continues once it is answered, and reports both once`, async () => {
        rules = [rule("one", "a")];
        await list();
        await isListed("one.a");
        answer = broken;
        rules = [];
        version += 1;
        for (const watch of watches.splice(0)) watch.write("{}\n");
        await isAskedAgain();
        await isListed("one.a");
        await isAskedAgain();
        const failure = `the Rules cannot be listed: ${reason}\n`;
        assert.equal(said, failure);
        answer = (text) => ({ status: 200, text });
        await isListed();
        await eventually(() => {
          change();
          assert.equal(said, `${failure}the Rules are listed and watched again\n`);
          return Promise.resolve();
        });
      });

    it("reports why it cannot watch them", async () => {
      server.removeAllListeners("request");
      server.on("request", ({ url = "" }, response: ServerResponse) => {
        response.writeHead(url.includes("watch=true") ? 403 : 200).end(listOf([], 1));
      });
      await list();
      await eventually(() => {
        assert.equal(said, "the Rules cannot be watched: answered by 403\n");
        return Promise.resolve();
      });
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
