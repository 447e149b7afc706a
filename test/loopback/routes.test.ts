import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../../cli/shared/eventually";
import { routeFiles } from "../../documents/nginx/routes";
import { nginxPorts } from "../../documents/rules/ports";
import { longRules } from "../longRules";
import { writtenGroup, writtenRules } from "../writtenRules";
import { during } from "./during";
import { as, ProxyPod } from "./pod";
import { TlsUpstream, Upstream } from "./servers";

const plain = `http://${Upstream.address}`;
const secure = `https://${TlsUpstream.address}`;
/** Longer than nginx needs to put routes that it accepts into force. */
const BEHIND_SECONDS = 4;

describe("the routes of the rules", () => {
  let pod: ProxyPod;

  before(async () => {
    pod = await ProxyPod.shared();
  });

  const status = async (name: string) =>
    (await pod.ask("/", { host: `${name}.apps.example.com`, headers: as("alice") })).status;
  const version = async () => (await pod.ask("/", { port: nginxPorts.routesVersion })).body;
  const metric = async (name: string) => {
    const { body } = await pod.ask("/metrics", { port: nginxPorts.metrics });
    const [, number] = new RegExp(`^portcullis_rules_${name} (.*)$`, "m").exec(body) ?? [];
    return Number(number);
  };

  it("are behind the rules in the metrics until nginx has read them", async () => {
    const app = writtenRules("app", {}, plain);
    await pod.follow(app);
    assert.deepEqual([await metric("behind_seconds"), await metric("left_out")], [0, 0]);
    const tls = { authorities: "broken", serverName: "upstream.example.com" };
    const since = Date.now();
    pod.setRules([...app, ...writtenRules("broken", { upstreamOptions: { tls } }, secure)]);
    pod.signal("SIGSTOP");
    try {
      await eventually(async () => {
        const behind = await metric("behind_seconds");
        assert.ok(behind >= BEHIND_SECONDS, `${behind} s`);
        const seconds = (Date.now() - since) / 1000;
        assert.ok(behind <= seconds + 1, `${behind} s are said of ${seconds}`);
      });
      assert.equal(await status("app"), 200, "the routes before are in force");
    } finally {
      pod.signal("SIGCONT");
    }
    await eventually(async () => {
      assert.deepEqual([await metric("behind_seconds"), await metric("left_out")], [0, 1]);
    });
  });

  it("go to Oathkeeper once no old worker is left, or after a while if one still answers", async () => {
    const app = writtenRules("app", {}, plain);
    const withNew = (name: string) => [...app, ...writtenRules(name, {}, plain)];
    const never = (options: string) =>
      JSON.stringify({ ...(JSON.parse(options) as object), settleMs: 3.6e6 });
    await during(routeFiles.options, never, async () => {
      for (const name of ["one", "two"]) await pod.follow(withNew(name));
      const socket = await pod.open("app.apps.example.com", "alice");
      try {
        const before = await version();
        const handedOver = pod.handedOver();
        pod.setRules(withNew("three"));
        await eventually(async () => {
          assert.notEqual(await version(), before);
        });
        // The test waits for the absence of events.
        await sleep(1000);
        assert.equal(pod.handedOver(), handedOver, "an old worker is left");
      } finally {
        socket.close();
      }
      await eventually(async () => {
        assert.equal(await status("three"), 200);
      });
    });
    const socket = await pod.open("app.apps.example.com", "alice");
    try {
      await pod.follow(app);
      await socket.echo("still there");
    } finally {
      socket.close();
    }
  });

  it("change although a team's own rules have texts that nginx would not read", async () => {
    const groups = Array.from({ length: 100 }, (_, number) => `${"g".repeat(50)}${number}`);
    await pod.follow([
      ...longRules(plain, secure),
      ...writtenRules("grouped", { access: { groups } }, plain),
      ...groups.map((name) => writtenGroup(name, "claimed")),
      ...writtenRules("longest", { headers: { [`X-${"a".repeat(44)}`]: "a" } }, plain),
    ]);
    assert.equal(await status("longest"), 200);
  });

  it("do not keep a pod from starting when nginx refuses them", async () => {
    await pod.follow(writtenRules("app", {}, plain));
    await pod.restart({ routes: "no_such_directive;\n" });
    const serves = (name: string) =>
      eventually(async () => {
        assert.equal(await status(name), 200);
      });
    await serves("app");
    await pod.follow([...writtenRules("app", {}, plain), ...writtenRules("later", {}, plain)]);
    await serves("later");
  });
});
