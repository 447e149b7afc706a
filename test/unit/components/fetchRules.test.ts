import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../../../cli/shared/eventually";
import { netcatFolder } from "./netcat";

const script = join(__dirname, "..", "..", "..", "components", "scripts", "fetch-rules.sh");
const rules = (...ids: string[]) =>
  JSON.stringify(
    ids.map((id) => ({ id })),
    null,
    2,
  );
const checksum = (text: string) => `${createHash("sha256").update(text).digest("hex")}  -\n`;
const QUESTIONS = 10;
/** A request is given up after twelve seconds. */
const LESS_THAN_A_QUESTION_MS = 10_000;

describe("the script that fetches the published rules", () => {
  let folder: string;
  let process_: ChildProcess;
  let server: Server;
  let answers: Record<string, string>;
  let asked: string[];
  let said: string;
  /** Requests that already have the newest rules, if the server lets them wait. */
  let waiting: ServerResponse[] | undefined;
  const credentials = "ZmV0Y2gtcnVsZXM6cGFzc3dvcmQ=";
  const fetched = () => readFile(join(folder, "rules", "access-rules.json"), "utf8");
  /** Waits for three more requests: by then the effects of the first are complete. */
  const asksAgain = async () => {
    const asking = async () => (await stat(join(folder, "rules", ".answer"))).mtimeMs;
    for (let question = 0; question < 3; question++) {
      const before = await asking();
      await eventually(async () => {
        assert.notEqual(await asking(), before);
      });
    }
  };
  const answeredAt = async () => (await stat(join(folder, "rules", ".answered"))).mtimeMs;

  beforeEach(async () => {
    answers = {};
    asked = [];
    said = "";
    waiting = undefined;
    server = createServer((request, response) => {
      asked.push(request.url ?? "");
      const { pathname, searchParams } = new URL(request.url ?? "", "http://rules");
      const answer = answers[pathname];
      const isKnown = request.headers.authorization === `Basic ${credentials}`;
      if (isKnown && searchParams.has("than") && searchParams.get("than") === answer?.split(" ")[0])
        if (waiting?.push(response)) return;
      response.writeHead(isKnown ? (answer === undefined ? 404 : 200) : 401).end(answer);
    }).listen(0, "127.0.0.1");
    // nc closes its half of the connection with the request.
    Object.assign(server, { httpAllowHalfOpen: true });
    await once(server, "listening");
    folder = await mkdtemp(join(tmpdir(), "portcullis-fetch-rules-"));
    await mkdir(join(folder, "rules"));
    const { port } = server.address() as AddressInfo;
    const env = {
      ...process.env,
      RULES_URL: `http://127.0.0.1:${port}`,
      RULES_CREDENTIALS: credentials,
      RULES_FOLDER: join(folder, "rules"),
      PATH: `${await netcatFolder(folder)}:${process.env["PATH"] ?? ""}`,
    };
    process_ = spawn("sh", [script], { env, stdio: ["ignore", "inherit", "pipe"], detached: true });
    process_.stderr?.setEncoding("utf8").on("data", (text: string) => (said += text));
  });

  afterEach(async () => {
    if (process_.exitCode === null) {
      assert.ok(process_.pid);
      process.kill(-process_.pid, "SIGTERM");
      await once(process_, "exit");
    }
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true, maxRetries: 3 });
  });

  function publish(text: string, sum = checksum(text)): void {
    answers = { "/sum": sum, "/access-rules.json": text };
    for (const response of waiting?.splice(0) ?? []) response.writeHead(200).end(sum);
  }

  it("fetches the published rules, and their next version", async () => {
    for (const text of [rules("one"), rules("two")]) {
      publish(text);
      await eventually(async () => {
        assert.equal(await fetched(), text);
      });
    }
  });

  it("asks for rules other than its own, and waits at the server without asking again", async () => {
    waiting = [];
    for (const text of [rules("one"), rules("two"), rules("three")]) {
      publish(text);
      const [sum = ""] = checksum(text).split(" ");
      await eventually(() => {
        assert.equal(waiting?.length, 1);
        assert.equal(asked.at(-1), `/sum?than=${sum}`);
        return Promise.resolve();
      });
      assert.equal(await fetched(), text);
    }
    const before = asked.length;
    // The test waits for the absence of events.
    await sleep(1500);
    assert.equal(asked.length, before);
  });

  it("pauses between two requests when the server answers at once", async () => {
    publish(rules("one"));
    await eventually(fetched);
    const [before, began] = [asked.length, performance.now()];
    await eventually(() => {
      assert.ok(asked.length >= before + QUESTIONS);
      return Promise.resolve();
    });
    // Half of its pause: the first request may come late and the last one early.
    const took = performance.now() - began;
    assert.ok(took > (QUESTIONS - 1) * 150, `${QUESTIONS} questions in ${took} ms`);
  });

  it("ends at once on SIGTERM while it waits", async () => {
    waiting = [];
    publish(rules("one"));
    await eventually(() => {
      assert.equal(waiting?.length, 1);
      return Promise.resolve();
    });
    assert.ok(process_.pid);
    // Only the shell, as the first process of a container.
    process.kill(process_.pid, "SIGTERM");
    await once(process_, "exit", { signal: AbortSignal.timeout(LESS_THAN_A_QUESTION_MS) });
  });

  it("keeps the last rules while the checksum is wrong or there are none", async () => {
    publish(rules("one"));
    await eventually(fetched);
    publish(rules("two"), checksum("another text"));
    await asksAgain();
    assert.equal(await fetched(), rules("one"));
    answers = {};
    await asksAgain();
    assert.equal(await fetched(), rules("one"));
    publish(rules("two"));
    await eventually(async () => {
      assert.equal(await fetched(), rules("two"));
    });
  });

  const withdraw = () => {
    answers = {};
  };
  /** However slow the machine is, and not repeated by the next requests. */
  const isSaid = async (text: string) => {
    await eventually(() => {
      assert.equal(said, text);
      return Promise.resolve();
    });
    await asksAgain();
    assert.equal(said, text);
  };
  const publishWrongly = () => {
    publish(rules("two"), checksum("another text"));
  };
  const end = () => {
    server.closeAllConnections();
    server.close();
  };

  it("records when it was last told that its rules are the newest, from its start on", async () => {
    await eventually(answeredAt);
    publish(rules("one"));
    await eventually(fetched);
    const since = await answeredAt();
    await eventually(async () => {
      assert.ok((await answeredAt()) > since, "an answer without news is one too");
    });
    for (const fail of [withdraw, publishWrongly, end]) {
      fail();
      await asksAgain(); // a response may have been on its way
      const last = await answeredAt();
      await asksAgain();
      assert.equal(await answeredAt(), last);
    }
    assert.equal(await fetched(), rules("one"));
  });

  it("reports once why it cannot fetch rules, and once that it can again, without the password", async () => {
    publish(rules("one"));
    await eventually(fetched);
    const { port } = server.address() as AddressInfo;
    for (const [fail, why] of [
      [withdraw, "sum is answered by 404"],
      [publishWrongly, "access-rules.json has not its checksum, or cannot be written"],
    ] as const) {
      said = "";
      fail();
      await isSaid(`the rules cannot be fetched from http://127.0.0.1:${port}: ${why}\n`);
      publish(rules("one"));
      await isSaid(
        `the rules cannot be fetched from http://127.0.0.1:${port}: ${why}\nthe rules are fetched again\n`,
      );
    }
    said = "";
    end();
    await isSaid(`the rules cannot be fetched from http://127.0.0.1:${port}: no answer to sum\n`);
  });
});
