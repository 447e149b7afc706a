import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, request } from "node:http";
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { connect, createServer as createTcpServer } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { script } from "../../components/shared/scripts";
import { ruleServerCredentials, ruleServerUsers } from "../../components/shared/ruleServer";
import { eventually } from "../../cli/shared/eventually";
import { nginxOnBoth } from "../../documents/nginx/listen";
import { nginxPorts } from "../../documents/rules/ports";
import { fetchedRulesFile } from "../../documents/nginx/routes";
import {
  publishScript,
  ruleMetricsPort,
  ruleServerConfig,
  ruleServerPort,
} from "../../documents/nginx/ruleServer";
import { metricsPath } from "../../documents/prometheus/scope";
import { writtenRules, writtenSentinel } from "../writtenRules";
import { ProxyPod } from "./pod";
import { fillRoot, logOf, makeWritable, runIn, writeIn } from "./root";

const FOLDER = "/etc/rules";
const OPERATOR_PORT = 8085;
const OPERATOR_METRICS = "controller_runtime_reconcile_total 1\n";
const password = "Secret1";
const credentials = ruleServerCredentials(password);
const url = `http://127.0.0.1:${ruleServerPort}`;
const files = {
  rawFile: "/raw/rules.json",
  liveFile: "/live/rules",
  publicFolder: "/public",
  usersFile: `${FOLDER}/users`,
  operatorMetrics: `http://127.0.0.1:${OPERATOR_PORT}${metricsPath}`,
};
const nginx = nginxOnBoth([ruleServerPort, ruleMetricsPort], `${FOLDER}/publish.conf`);
/** The server that handed out the rules in earlier versions. */
const httpd = [
  "httpd",
  "-f",
  "-p",
  String(ruleServerPort),
  "-h",
  files.publicFolder,
  "-c",
  `${FOLDER}/httpd`,
];
const COUNTING_PORT = 8087;
const CHANGES = 15;
/** Half of the ten seconds that a reader waits if nothing changes. */
const HALF_A_WAIT_MS = 5000;

describe("rules on their way from the rules pod to a proxy pod", () => {
  let root: string;
  let running: ChildProcess[];

  before(async () => {
    await ProxyPod.shared(); // its network is used
    root = mkdtempSync(join(process.env["LOOPBACK_ROOT"] ?? "/tmp", "rules-"));
    fillRoot(root);
    const sentinelId = writtenSentinel.id;
    const config = ruleServerConfig({ ...files, sentinelId, configFolder: FOLDER });
    writeIn(root, `${FOLDER}/publish.conf`, config);
    writeIn(root, `${FOLDER}/${publishScript}`, script(publishScript));
    writeIn(root, `${FOLDER}/fetch-rules.sh`, script("fetch-rules.sh"));
    writeIn(root, files.usersFile, ruleServerUsers(password));
    writeIn(root, `${FOLDER}/httpd`, `/:fetch-rules:${password}\n`);
  });

  beforeEach(() => {
    running = [];
    for (const folder of ["raw", "live", "public", "fetched"]) {
      rmSync(join(root, folder), { recursive: true, force: true });
      makeWritable(join(root, folder));
    }
  });

  afterEach(async () => {
    await Promise.all(running.map((child) => stop(child)));
  });

  function start(command: readonly string[]): ChildProcess {
    const child = runIn(root, command);
    running.push(child);
    return child;
  }

  async function stop(child: ChildProcess, signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    process.kill(-child.pid, signal);
    await once(child, "exit");
  }

  const fetching = (folder: string, from = url) => [
    "env",
    `RULES_URL=${from}`,
    `RULES_CREDENTIALS=${credentials}`,
    `RULES_FOLDER=${folder}`,
    "sh",
    `${FOLDER}/fetch-rules.sh`,
  ];
  const startFetching = () => start(fetching("/fetched"));

  const sorted = (names: readonly string[]) =>
    [...names.flatMap((name) => writtenRules(name)), writtenSentinel].sort((one, other) =>
      one.id < other.id ? -1 : 1,
    );

  /** As the lister of Rules does. */
  function list(...names: readonly string[]): void {
    const ids = sorted(names).map(({ id }) => `${id}\n`);
    writeIn(root, `${files.liveFile}.draft`, ids.join(""));
    renameSync(join(root, `${files.liveFile}.draft`), join(root, files.liveFile));
  }

  /** As the operator does. */
  function writeRules(...names: readonly string[]): string {
    const text = JSON.stringify(sorted(names), null, 2);
    writeIn(root, files.rawFile, text);
    return text;
  }

  function write(...names: readonly string[]): string {
    list(...names);
    return writeRules(...names);
  }

  const textOf = (file: string) => readFileSync(join(root, file), "utf8");

  const isFetched = (text: string) =>
    eventually(() => {
      const file = "fetched/access-rules.json";
      assert.ok(
        existsSync(join(root, file)) && textOf(file) === text,
        `not fetched\n${logOf(root).slice(-2000)}`,
      );
      return Promise.resolve();
    });

  const ask = (path: string, authorization = `Basic ${credentials}`) =>
    fetch(`${url}${path}`, { headers: { authorization } });
  const answers = () => eventually(() => ask("/sum"));

  it("arrive with the answer to a waiting request, without another request in between", async () => {
    start(nginx);
    const questions: string[] = [];
    const counting = createTcpServer({ allowHalfOpen: true }, (reader) => {
      const server = connect({ port: ruleServerPort, host: "127.0.0.1", allowHalfOpen: true });
      reader.once("data", (sent) => questions.push(String(sent).split(" ")[1] ?? ""));
      reader.on("error", () => server.destroy());
      server.on("error", () => reader.destroy());
      reader.pipe(server).pipe(reader);
    });
    await once(counting.listen(COUNTING_PORT, "127.0.0.1"), "listening");
    try {
      const changes = Array.from({ length: CHANGES }, (_, change) => `rule${change}`);
      list("first", ...changes); // once: between two files that change, a separate version may be published
      let text = writeRules("first");
      start(fetching("/fetched", `http://127.0.0.1:${COUNTING_PORT}`));
      await isFetched(text);
      const waits = () =>
        eventually(() => {
          assert.equal(questions.at(-1), `/sum?than=${checksum(text)}`);
          return Promise.resolve();
        });
      await waits();
      const expected: string[] = [];
      questions.length = 0;
      const began = performance.now();
      for (const change of changes) {
        text = writeRules(change);
        await isFetched(text);
        await waits();
        expected.push("/access-rules.json", `/sum?than=${checksum(text)}`);
      }
      const each = (performance.now() - began) / CHANGES;
      process.stdout.write(`      ${Math.round(each)} ms each\n`);
      // The test waits for the absence of events.
      await sleep(2000);
      assert.deepEqual(questions, expected);
      assert.ok(each < HALF_A_WAIT_MS, "told when the wait was over");
    } finally {
      counting.close();
    }
  });

  it("arrive whole, however many, although nc closes its half of the connection after the request", async () => {
    start(nginx);
    startFetching();
    const text = write(...Array.from({ length: 5000 }, (_, at) => `rule${at}`));
    assert.ok(text.length > 3_000_000);
    await isFetched(text);
  });

  it("arrive from a server of an older version, and at a reader of one", async () => {
    const server = start(nginx);
    const first = write("first");
    await answers();
    await eventually(() => Promise.resolve(textOf("public/sum")));
    await stop(server);
    start(httpd);
    startFetching();
    await isFetched(first);
    await stop(running[1] ?? server);
    start(nginx);
    await isFetched(write("second"));
    const sum = textOf("public/sum");
    let isAnswered = false;
    void ask(`/sum?than=${sum.split(" ")[0] ?? ""}`).then(
      () => (isAnswered = true),
      () => undefined, // its server ends with this test
    );
    assert.equal(await (await ask("/sum")).text(), sum);
    assert.equal(isAnswered, false, "who says that it has these rules waits longer");
  });

  it("are not served without the password, and neither is anything else of the folder", async () => {
    start(nginx);
    write("first");
    await answers();
    for (const path of ["/sum", "/access-rules.json", "/.written"])
      for (const wrong of ["", `Basic ${ruleServerCredentials("Secret2")}`])
        assert.equal((await ask(path, wrong)).status, 401);
    assert.equal((await ask("/.written")).status, 404);
    assert.ok(existsSync(join(root, "public/.written")));
  });

  it("are counted as missing in the metrics until the operator writes them, beside its own metrics", async () => {
    const operator = createServer((_, response) => response.end(OPERATOR_METRICS));
    await once(operator.listen(OPERATOR_PORT, "127.0.0.1"), "listening");
    const metrics = async () => {
      const answer = await fetch(`http://127.0.0.1:${ruleMetricsPort}${metricsPath}`);
      return { status: answer.status, body: await answer.text() };
    };
    const missed = (number: number) =>
      eventually(async () => {
        const { status, body } = await metrics();
        assert.equal(status, 200, body);
        assert.ok(body.includes(`\nportcullis_rules_not_written ${number}\n`), body);
        assert.ok(body.endsWith(`\n${OPERATOR_METRICS}`), body);
      });
    try {
      start(nginx);
      write("first");
      await missed(0);
      const live = textOf(files.liveFile);
      writeIn(root, files.liveFile, `${live}invalid.team\nlate.team\n`);
      await missed(2);
      writeIn(root, files.liveFile, live);
      await missed(0);
    } finally {
      operator.close();
    }
    assert.ok((await metrics()).status >= 500, "an operator that does not answer is none that is up");
  });

  it("have the age of the server's last answer in the proxy's metrics", async () => {
    const pod = await ProxyPod.shared();
    const age = async () => {
      const { body } = await pod.ask(metricsPath, { port: nginxPorts.metrics });
      return Number(/^portcullis_rules_answer_age_seconds (.*)$/m.exec(body)?.[1]);
    };
    const isLess = (than: number) =>
      eventually(async () => {
        const seconds = await age();
        assert.ok(seconds < than, `${seconds} s`);
      });
    const server = start(nginx);
    write("first");
    const proxy = process.env["LOOPBACK_ROOT"] ?? "";
    writeIn(proxy, `${FOLDER}/fetch-rules.sh`, script("fetch-rules.sh"));
    rmSync(join(proxy, fetchedRulesFile)); // owned by another user
    running.push(runIn(proxy, fetching(dirname(fetchedRulesFile))));
    await isLess(2);
    await stop(server);
    const answered = statSync(join(proxy, dirname(fetchedRulesFile), ".answered")).mtimeMs;
    await eventually(async () => {
      const seconds = await age();
      const since = (Date.now() - answered) / 1000;
      assert.ok(seconds <= since, `${seconds} s are said of ${since}`);
      assert.ok(seconds >= 3, `${seconds} s`);
    });
    start(nginx);
    write("second");
    await isLess(2);
  });

  it("do not keep a pod from ending while a reader waits", async () => {
    const server = start(nginx);
    write("first");
    await answers();
    const [sum = ""] = textOf("public/sum").split(" ");
    const waiting = request(`${url}/sum?than=${sum}`, {
      headers: { authorization: `Basic ${credentials}` },
    });
    const isLet = once(waiting, "response").then(
      () => "answered",
      () => "let go",
    );
    waiting.end();
    await once(waiting, "finish");
    await ask("/sum"); // sent later, and answered: nginx has read the other too
    await stop(server, "SIGQUIT");
    assert.equal(await isLet, "let go", "nginx has waited until its reader was answered");
  });
});

const checksum = (text: string) => createHash("sha256").update(text).digest("hex");
