import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../../cli/shared/eventually";
import { nginxPorts } from "../../documents/rules/ports";
import { settleMs } from "../../documents/nginx/reload";
import { writtenRules } from "../writtenRules";
import { as, ProxyPod } from "./pod";
import { TlsUpstream, Upstream } from "./servers";

const plain = `http://${Upstream.address}`;
const secure = `https://${TlsUpstream.address}`;
/** Longer than routes that nginx takes need to come into force. */
const BEHIND_SECONDS = 4;

describe("the routes of the rules", () => {
  let pod: ProxyPod;

  before(async () => {
    pod = await ProxyPod.shared();
  });

  const status = async (name: string) =>
    (await pod.ask("/", { host: `${name}.apps.example.com`, headers: as("alice") })).status;
  const metric = async (name: string) => {
    const { body } = await pod.ask("/metrics", { port: nginxPorts.metrics });
    const [, number] = new RegExp(`^portcullis_rules_${name} (.*)$`, "m").exec(body) ?? [];
    return Number(number);
  };

  it("are behind the rules in the metrics as long as nginx has not read them, and not after that", async () => {
    const app = writtenRules("app", {}, plain);
    await pod.follow(app);
    assert.deepEqual([await metric("behind_seconds"), await metric("left_out")], [0, 0]);
    const tls = { authorities: "broken", serverName: "upstream.example.com" };
    pod.setRules([...app, ...writtenRules("broken", { upstreamOptions: { tls } }, secure)]);
    const since = Date.now();
    pod.signal("SIGSTOP");
    try {
      await sleep(BEHIND_SECONDS * 1000);
      const behind = await metric("behind_seconds");
      const seconds = (Date.now() - since) / 1000;
      assert.ok(behind >= BEHIND_SECONDS && behind < seconds + 1, `${behind} s are said of ${seconds}`);
      assert.equal(await status("app"), 200, "the routes before are in force");
    } finally {
      pod.signal("SIGCONT");
    }
    await eventually(
      async () => {
        assert.deepEqual([await metric("behind_seconds"), await metric("left_out")], [0, 1]);
      },
      { seconds: 20 },
    );
  });

  it("are Oathkeeper's once no old worker is left, and after a while where one still answers", async () => {
    const app = writtenRules("app", {}, plain);
    await pod.follow(app);
    const taken: number[] = [];
    for (const name of ["one", "two", "three"]) {
      await sleep(500);
      const { ms, old } = await pod.handOver([...app, ...writtenRules(name, {}, plain)]);
      if (ms < settleMs) assert.equal(old, 0);
      taken.push(ms);
    }
    assert.ok(Math.min(...taken) < settleMs - 50, taken.join(" "));
    const answered = pod.ask(Upstream.slow, { host: "app.apps.example.com", headers: as("alice") });
    await sleep(100);
    const { ms, old } = await pod.handOver(app);
    assert.ok(ms >= settleMs - 20 && old > 0, `${ms} ms, ${old} old workers`);
    assert.equal((await answered).status, 200);
  });

  it("that nginx refuses do not keep a pod from starting, which serves by the rules that are there", async () => {
    await pod.follow(writtenRules("app", {}, plain));
    await pod.restart({ routes: "no_such_directive;\n" });
    const serves = (name: string) =>
      eventually(
        async () => {
          assert.equal(await status(name), 200);
        },
        { seconds: 15 },
      );
    await serves("app");
    await pod.follow([...writtenRules("app", {}, plain), ...writtenRules("later", {}, plain)]);
    await serves("later");
  });
});
