import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { routeFiles } from "../../documents/nginx/routes";
import type { UpstreamOptions } from "../../documents/rules/upstreamOptions";
import { eventually } from "../../cli/shared/eventually";
import { writtenRules } from "../writtenRules";
import { during } from "./during";
import { as, ProxyPod } from "./pod";
import { close, TlsUpstream, Upstream } from "./servers";

const plain = `http://${Upstream.address}`;
const secure = `https://${TlsUpstream.address}`;
const serverName = "upstream.example.com";
const internal = { authorities: "internal", serverName };
const headers = as("alice");
/** The follower of the rules pauses ten seconds after an error. */
const LESS_THAN_A_REST = 9;

const rulesOf = (name: string, upstreamOptions: UpstreamOptions, url = plain) =>
  writtenRules(name, { upstreamOptions }, url);
const ofTls = (name: string, tls: UpstreamOptions["tls"] & object) => rulesOf(name, { tls }, secure);
const hostOf = (name: string) => `${name}.apps.example.com`;

describe("an upstream", () => {
  let pod: ProxyPod;

  const status = async (name: string, path = "/") =>
    (await pod.ask(path, { host: hostOf(name), headers })).status;
  const seen = (name: string, path = "/") => pod.seen(path, { host: hostOf(name), headers });

  before(async () => {
    pod = await ProxyPod.shared();
    await pod.follow([
      ...ofTls("unknown", {}),
      ...ofTls("internal", internal),
      ...ofTls("misnamed", { ...internal, serverName: "other.example.com" }),
      ...ofTls("unverified", { verify: false }),
      ...ofTls("shown", { ...internal, clientCertificate: "proxy" }),
      ...rulesOf("patient", {}),
      ...rulesOf("impatient", { timeouts: { read: "1s" } }),
      ...rulesOf("small", { maxBodySize: "3k" }),
      ...rulesOf("buffered", { buffering: true }),
      ...writtenRules(
        "basic",
        {
          upstreamOptions: { credentials: "basic" },
          publicPaths: [{ path: "/healthz", match: "exact" }],
        },
        plain,
      ),
      ...rulesOf("key", { credentials: "key" }),
      ...rulesOf("late", { credentials: "late" }),
    ]);
  });

  it("over https is trusted by its authorities and its name alone, unless the rule says otherwise", async () => {
    const statuses = await Promise.all(
      ["unknown", "internal", "misnamed", "unverified"].map((name) => status(name)),
    );
    assert.deepEqual(statuses, [502, 200, 502, 200]);
    assert.equal((await seen("internal")).tls?.serverName, serverName);
  });

  it("shares no connection with a rule that does not verify it or that has a client certificate", async () => {
    for (let round = 0; round < 5; round++) {
      assert.equal((await seen("shown")).tls?.client, "proxy.example.com");
      assert.equal((await seen("unverified")).tls?.client, undefined);
      assert.equal((await seen("internal")).tls?.client, undefined);
      assert.equal(await status("unknown"), 502);
    }
  });

  it("has the time to answer that the rule sets", async () => {
    assert.equal(await status("patient", Upstream.slow), 200);
    assert.equal(await status("impatient", Upstream.slow), 504);
    assert.equal(await status("impatient"), 200);
    assert.equal(await status("buffered"), 200);
  });

  it("gets no larger body than the rule says, with or without a length", async () => {
    const send = async (bytes: number, more: Readonly<Record<string, string>>) =>
      (
        await pod.ask("/", {
          method: "POST",
          host: hostOf("small"),
          body: Buffer.alloc(bytes, "a"),
          headers: { ...headers, ...more },
        })
      ).status;
    const withLength = (bytes: number) => send(bytes, { "content-length": String(bytes) });
    assert.deepEqual(await Promise.all([0, 1, 3071, 3072].map(withLength)), [200, 200, 200, 200]);
    assert.deepEqual(await Promise.all([3073, 3100, 4000, 10_000].map(withLength)), [413, 413, 413, 413]);
    const chunked = { "transfer-encoding": "chunked" };
    assert.deepEqual([await send(3072, chunked), await send(3073, chunked)], [200, 413]);
  });

  it("gets its secret header, whatever the client sends, but not on a public path", async () => {
    const basic = `Basic ${Buffer.from('admin:p:"$w\\').toString("base64")}`;
    const sent = { ...headers, authorization: "Basic Zm9yZ2VkOng=", "x-api-key": "forged" };
    const told = (name: string, path = "/", asked: Readonly<Record<string, string>> = sent) =>
      pod.seen(path, { host: hostOf(name), headers: asked });
    assert.equal((await told("basic")).headers["authorization"], basic);
    const { "x-api-key": key, authorization } = (await told("key")).headers;
    assert.deepEqual([key, authorization], ["Key ${dollar}secret", sent.authorization]);
    const open = await told("basic", "/healthz", { authorization: sent.authorization });
    assert.equal(open.headers["authorization"], undefined);
  });

  it("has no route before its secret exists, and gets the new secret after a change", async () => {
    assert.equal(await status("late"), 404);
    for (const secret of ["one", "two"]) {
      pod.setCredential("late", secret);
      await eventually(async () => {
        assert.equal((await seen("late")).headers["authorization"], secret);
      });
    }
  });

  it("with an invalid certificate does not stop changes of other rules", async () => {
    await pod.follow([...ofTls("broken", { authorities: "broken", serverName }), ...rulesOf("other", {})]);
    assert.deepEqual([await status("broken"), await status("other")], [404, 200]);
    await pod.follow(ofTls("internal", internal));
    assert.equal(await status("internal"), 200);
  });

  it("with an invalid certificate does not delay other rules, and leaves routes that nginx can start with", async () => {
    const former = rulesOf("kept", {});
    await pod.follow(former);
    const refusals = () => pod.log().split("[emerg]").length;
    const before = refusals();
    pod.setRules([
      ...former,
      ...ofTls("broken", { authorities: "broken", serverName }),
      ...rulesOf("added", {}),
    ]);
    await eventually(
      async () => {
        assert.equal(await status("added"), 200);
      },
      { seconds: LESS_THAN_A_REST },
    );
    assert.ok(refusals() > before, "nginx takes the routes with it");
    assert.ok(!pod.routes().includes(hostOf("broken")));
    await pod.reload();
    assert.equal(await status("kept"), 200);
  });

  it("with certificates is tried again after nginx refused all routes, and the former ones stay in force", async () => {
    const secure = ofTls("internal", { authorities: "internal", serverName });
    await pod.follow(secure);
    const leftOut = () => pod.log().split("rule internal.team is left out").length;
    const before = leftOut();
    const soon = (options: string) =>
      JSON.stringify({ ...(JSON.parse(options) as object), firstTrialMs: 4000 });
    await during(routeFiles.options, soon, async () => {
      await during(routeFiles.requests, "away", async () => {
        pod.setRules([...secure, ...rulesOf("added", {})]);
        await eventually(() => {
          assert.ok(leftOut() > before, "it is without certificates");
          return Promise.resolve();
        });
        assert.equal(await status("internal"), 200, "the routes before are in force");
      });
      await eventually(
        async () => {
          assert.deepEqual([await status("added"), await status("internal")], [200, 200]);
        },
        { seconds: 30 },
      );
    });
  });

  it("with certificates is not given up while nginx is slow to read the routes", async () => {
    const secure = ofTls("internal", { authorities: "internal", serverName });
    await pod.follow(secure);
    pod.signal("SIGSTOP");
    try {
      pod.setRules([...secure, ...rulesOf("late", {})]);
      // The test waits for the absence of events: the routes are not given up within ten seconds.
      await sleep(11_000);
    } finally {
      pod.signal("SIGCONT");
    }
    await eventually(async () => {
      assert.equal(await status("late"), 200);
    });
    assert.equal(await status("internal"), 200);
  });

  it("is asked below any path that its URL may have, and without any prefix that may be stripped", async () => {
    await pod.follow([
      ...rulesOf("below", {}, `${plain}/a:b/c@d+e=f/g%20h~i/`),
      ...writtenRules("without", { paths: ["/app@v2/a+b:c=d"], stripPath: true }, plain),
    ]);
    assert.equal((await seen("below", "/x?y=z")).url, "/a:b/c@d+e=f/g%20h~i/x?y=z");
    assert.equal((await seen("without", "/app@v2/a+b:c=d/x?y=z")).url, "/x?y=z");
  });

  it("is looked up again while it is in use, once for all its services", async () => {
    const [moving, still] = ["moving.team.svc", "still.team.svc"];
    const [former = "", port = ""] = Upstream.address.split(":");
    const moved = "10.9.9.8";
    execFileSync("ip", ["address", "replace", `${moved}/32`, "dev", "lo"]);
    const server = createServer((_, response) => response.end("moved")).listen(Number(port), moved);
    const services = ["one", "two", "three", "four", "five"];
    const bodies = () =>
      Promise.all(
        services.map(async (service) => (await pod.ask("/", { host: hostOf(service), headers })).body),
      );
    try {
      await once(server, "listening");
      for (const name of [moving, still]) pod.names.addresses.set(name, former);
      await pod.follow([
        ...services.flatMap((service) => rulesOf(service, {}, `http://${moving}:${port}`)),
        ...rulesOf("single", {}, `http://${still}:${port}`),
      ]);
      await eventually(async () => {
        assert.ok((await bodies()).every((body) => body.includes(`"host":"`)));
      });
      const since = pod.names.asked.length;
      const asked = (name: string) => pod.names.asked.slice(since).filter((one) => one === name).length;
      await eventually(() => {
        assert.ok(asked(still) > 2, `the name of one service was asked for ${asked(still)} times`);
        return Promise.resolve();
      });
      const [ofAll, ofOne] = [asked(moving), asked(still)];
      assert.ok(ofAll > 1 && ofAll < ofOne * 2, `asked for ${ofAll} times, and ${ofOne} for one service`);
      pod.names.addresses.set(moving, moved);
      await eventually(async () => {
        assert.deepEqual(new Set(await bodies()), new Set(["moved"]));
      });
    } finally {
      close(server);
      for (const name of [moving, still]) pod.names.addresses.delete(name);
    }
  });
});
