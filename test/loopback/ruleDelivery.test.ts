import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
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
/** What handed the rules out in versions before. */
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
const CHANGES = 15;

describe("rules on their way from the rules pod to a proxy pod", () => {
  let root: string;
  let running: ChildProcess[];

  before(async () => {
    await ProxyPod.shared(); // whose network it is
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

  const env = [`RULES_URL=${url}`, `RULES_CREDENTIALS=${credentials}`];
  const fetching = (folder: string) => [
    "env",
    ...env,
    `RULES_FOLDER=${folder}`,
    "sh",
    `${FOLDER}/fetch-rules.sh`,
  ];
  const startFetching = () => start(fetching("/fetched"));

  /** As the operator and what lists Rules do. */
  function write(...names: readonly string[]): string {
    const rules = [...names.flatMap((name) => writtenRules(name)), writtenSentinel].sort((one, other) =>
      one.id < other.id ? -1 : 1,
    );
    writeIn(root, `${files.liveFile}.draft`, rules.map(({ id }) => `${id}\n`).join(""));
    renameSync(join(root, `${files.liveFile}.draft`), join(root, files.liveFile));
    const text = JSON.stringify(rules, null, 2);
    writeIn(root, files.rawFile, text);
    return text;
  }

  const textOf = (file: string) => readFileSync(join(root, file), "utf8");

  async function isFetched(text: string): Promise<void> {
    const fetched = () =>
      existsSync(join(root, "fetched/access-rules.json")) && textOf("fetched/access-rules.json");
    const deadline = Date.now() + 10_000;
    while (fetched() !== text) {
      assert.ok(Date.now() < deadline, `not fetched\n${logOf(root).slice(-2000)}`);
      await sleep(5);
    }
  }

  const ask = (path: string, authorization = `Basic ${credentials}`) =>
    fetch(`${url}${path}`, { headers: { authorization } });
  const answers = () => eventually(() => ask("/sum"), { seconds: 10 });

  it("need a fraction of a second, with no question meanwhile", async () => {
    start(nginx);
    startFetching();
    await isFetched(write("first"));
    const taken: number[] = [];
    for (let change = 0; change < CHANGES; change++) {
      await sleep(200);
      const began = Date.now();
      await isFetched(write(`rule${change}`));
      taken.push(Date.now() - began);
    }
    const median = taken.toSorted((a, b) => a - b)[Math.floor(CHANGES / 2)] ?? NaN;
    process.stdout.write(`      median ${median} ms, ${Math.max(...taken)} ms at most\n`);
    assert.ok(median < 400, taken.join(" "));
    await sleep(500);
    const { mtimeMs } = statSync(join(root, "fetched/.answer"));
    await sleep(2000);
    assert.equal(statSync(join(root, "fetched/.answer")).mtimeMs, mtimeMs);
  });

  it("arrive whole, however many: nc closes its half of the connection with the request", async () => {
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
    const began = Date.now();
    const sum = await (await ask("/sum")).text();
    assert.equal(sum, textOf("public/sum"));
    assert.ok(Date.now() - began < 1000);
  });

  it("go to nobody without the password, and nothing else of the folder goes to anybody", async () => {
    start(nginx);
    write("first");
    await answers();
    for (const path of ["/sum", "/access-rules.json", "/.written"])
      for (const wrong of ["", `Basic ${ruleServerCredentials("Secret2")}`])
        assert.equal((await ask(path, wrong)).status, 401);
    assert.equal((await ask("/.written")).status, 404);
    assert.ok(existsSync(join(root, "public/.written")));
  });

  it("are missed in the metrics where the operator has not written them, which has its own there too", async () => {
    const operator = createServer((_, response) => response.end(OPERATOR_METRICS));
    await once(operator.listen(OPERATOR_PORT, "127.0.0.1"), "listening");
    const metrics = async () => {
      const answer = await fetch(`http://127.0.0.1:${ruleMetricsPort}${metricsPath}`);
      return { status: answer.status, body: await answer.text() };
    };
    const missed = (number: number) =>
      eventually(
        async () => {
          const { status, body } = await metrics();
          assert.equal(status, 200, body);
          assert.ok(body.includes(`\nportcullis_rules_not_written ${number}\n`), body);
          assert.ok(body.endsWith(`\n${OPERATOR_METRICS}`), body);
        },
        { seconds: 10 },
      );
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

  it("are as old in the proxy's metrics as the server's last answer is", async () => {
    const pod = await ProxyPod.shared();
    const age = async () => {
      const { body } = await pod.ask(metricsPath, { port: nginxPorts.metrics });
      return Number(/^portcullis_rules_answer_age_seconds (.*)$/m.exec(body)?.[1]);
    };
    const isLess = (than: number) =>
      eventually(
        async () => {
          const seconds = await age();
          assert.ok(seconds < than, `${seconds} s`);
        },
        { seconds: 10 },
      );
    const server = start(nginx);
    write("first");
    const proxy = process.env["LOOPBACK_ROOT"] ?? "";
    writeIn(proxy, `${FOLDER}/fetch-rules.sh`, script("fetch-rules.sh"));
    rmSync(join(proxy, fetchedRulesFile)); // of another user
    running.push(runIn(proxy, fetching(dirname(fetchedRulesFile))));
    await isLess(1);
    await stop(server);
    await sleep(3000);
    const seconds = await age();
    assert.ok(seconds > 2.5 && seconds < 6, `${seconds} s`);
    start(nginx);
    write("second");
    await isLess(1);
  });

  it("keep no pod from ending whose reader waits", async () => {
    const server = start(nginx);
    write("first");
    await answers();
    const [sum = ""] = textOf("public/sum").split(" ");
    const waiting = ask(`/sum?than=${sum}`).catch(() => undefined);
    await sleep(500);
    const told = Date.now();
    await stop(server, "SIGQUIT");
    assert.ok(Date.now() - told < 3000);
    await waiting;
  });
});
