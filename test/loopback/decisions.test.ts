import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { globSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import type { WrittenRule } from "../../components/scripts/routes.mjs" with { "resolution-mode": "import" };
import type { Access } from "../../documents/oathkeeper/access";
import { oathkeeperPorts } from "../../documents/oathkeeper/config";
import { eventually } from "../../cli/shared/eventually";
import { covers } from "../../documents/oathkeeper/hosts";
import { writtenRules } from "../writtenRules";
import { as, ProxyPod } from "./pod";
import { Kratos, Upstream } from "./servers";

const ROUNDS = 8;
const REQUESTS = 300;
const SEED = 38;
/** Nearly the longest path, or token, that is remembered with a session. */
const LONGEST_REMEMBERED = 2980;
/** Each takes 128 bytes of the memory for keys; the deployed 1 MB are at most 64 MiB of files. */
const MEMORY_FOR_KEYS = "256k";
const MOST_REMEMBERED = 2048;
/** Many times as long as a decision is cached, in seconds. */
const LONGER_THAN_REMEMBERED = 60;
const upstream = `http://${Upstream.address}`;

const WILDCARD = "*.previews.apps.example.com";
const hosts = [
  ...Array.from({ length: 7 }, (_, number) => `host-${number}.apps.example.com`),
  "named.previews.apps.example.com",
  WILDCARD,
];
const methods = fc.constantFrom("GET", "POST", "DELETE");
const access = fc.constantFrom(
  {},
  ...[["alice@example.com"], ["bob@example.com"]].map((emails) => ({ access: { emails } })),
  ...[["example.com"], ["example.org"]].map((domains) => ({ access: { domains } })),
);
const drawnRule = fc.record({
  host: fc.constantFrom(...hosts),
  path: fc.oneof(
    { weight: 3, arbitrary: fc.constant("/<**>") },
    fc.constantFrom(
      "/api/<**>",
      "/api/v1/<**>",
      "/exactly",
      "/<{api,api/**}>",
      "/<{exactly,exactly/**,x,x/**}>",
    ),
  ),
  methods: fc.uniqueArray(methods, { minLength: 1 }),
  access,
  scheme: fc.constantFrom("http" as const, "https" as const),
});
const asked = fc.record({
  host: fc.constantFrom(
    ...hosts.filter((host) => host !== WILDCARD),
    ...["host-7.apps.example.com", "any.previews.apps.example.com", "other.previews.apps.example.com"],
    ...["previews.apps.example.com", "a.any.previews.apps.example.com", "apps.example.com"],
  ),
  method: methods,
  path: fc.constantFrom(
    ...["/", "/api/", "/api/v1/x", "/exactly", "/exactly/", "/api?x=/exactly", "//api/", "/api/../exactly"],
    ...["/api/%2e%2e/exactly", "/api%2Fv1/x", "/api;/v1", "/%61pi/v1/x", "/API/"],
  ),
  headers: fc.constantFrom(
    ...[as("alice"), as("bob"), as("nobody"), {}, { ...as("alice"), authorization: "Basic eDp5" }],
  ),
  proto: fc.constantFrom("http", "https"),
});
type Asked = typeof asked extends fc.Arbitrary<infer T> ? T : never;
type DrawnRule = typeof drawnRule extends fc.Arbitrary<infer T> ? T : never;

function rememberedFiles(): string[] {
  const root = process.env["LOOPBACK_ROOT"] ?? "";
  return globSync("tmp/decisions/*/*", { cwd: root }).map((file) => join(root, file));
}

describe("a remembered decision", () => {
  let pod: ProxyPod;

  before(async () => {
    pod = await ProxyPod.shared();
  });
  afterEach(() => {
    pod.kratos.state = "well";
    pod.kratos.revoked.clear();
  });

  it("is the one that Oathkeeper would make, even just after the rules have changed", async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const [rules = []] = fc.sample(fc.array(drawnRule, { minLength: 10, maxLength: 18 }), {
        seed: SEED + round,
        numRuns: 1,
      });
      await pod.follow(rules.map(written));
      const requests = fc.sample(asked, { seed: 100 * SEED + round, numRuns: REQUESTS });
      // Twice: what was not cached the first time is cached the second.
      for (const one of [...requests, ...requests]) {
        const [decided, answered] = [await askOathkeeper(one), await askNginx(one)];
        assert.equal(answered, expected(decided, one, rules), `${JSON.stringify(one)} of round ${round}`);
      }
    }
  }).timeout(300_000);

  it("takes no more than its memory, however many there are, and no request fails for that", async () => {
    await pod.restart({ memory: { decisions: `zone=decisions:${MEMORY_FOR_KEYS}` } });
    try {
      await pod.follow(writtenRules("app", { paths: ["/a"] }, upstream));
      const each = 100;
      for (let asked = 0; asked < MOST_REMEMBERED + 1000; asked += each) {
        const ask = (_: unknown, index: number) =>
          pod.ask(`/a/${asked + index}`, { host: "app.apps.example.com", headers: as("alice") });
        for (const { status } of await Promise.all(Array.from({ length: each }, ask)))
          assert.equal(status, 200);
      }
      const files = rememberedFiles();
      assert.ok(
        files.length > MOST_REMEMBERED / 2 && files.length <= MOST_REMEMBERED,
        `${files.length} files`,
      );
    } finally {
      await pod.restart();
    }
  });

  it("is not kept where a client has made it large", async () => {
    await pod.follow([
      ...writtenRules("app", {}, upstream),
      ...writtenRules("paths", { paths: ["/a"] }, upstream),
    ]);
    const long = (length: number) => "a".repeat(length);
    const asked = async (name: string, path: string, headers: Readonly<Record<string, string>>) => {
      const { status } = await pod.ask(path, { host: `${name}.apps.example.com`, headers });
      assert.equal(status, 200);
    };
    for (const length of [LONGEST_REMEMBERED, LONGEST_REMEMBERED * 4]) {
      await asked("app", "/", { ...as("alice"), authorization: long(length) });
      await asked("paths", `/a/${long(length)}`, as("alice"));
    }
    const sizes = rememberedFiles().map((file) => statSync(file).size);
    const large = sizes.filter((size) => size > LONGEST_REMEMBERED);
    assert.equal(large.length, 2);
    assert.ok(Math.max(...large) < LONGEST_REMEMBERED + 1000, large.join(", "));
  });

  it("ends once Kratos says that the session is revoked, and not before", async () => {
    await pod.follow(writtenRules("app", {}, upstream));
    const status = async () => (await askApp(as("alice"))).status;
    assert.equal(await status(), 200);
    pod.kratos.revoked.add("alice");
    pod.kratos.asked = 0;
    assert.equal(await status(), 200, "it is remembered");
    assert.equal(pod.kratos.asked, 0);
    const sinceAsked = new Set<number>();
    await eventually(
      async () => {
        const now = await status();
        if (pod.kratos.asked > 0) sinceAsked.add(now);
        assert.equal(now, 401);
      },
      { seconds: LONGER_THAN_REMEMBERED },
    );
    assert.deepEqual([...sinceAsked], [401], "whom Kratos did not know was let in");
  });

  it("ends with a refused session, even when nobody can decide afterwards", async () => {
    await pod.follow(writtenRules("app", {}, upstream));
    const status = async () => (await askApp(as("alice"))).status;
    assert.equal(await status(), 200);
    pod.kratos.revoked.add("alice");
    await eventually(
      async () => {
        assert.equal(await status(), 401);
      },
      { seconds: LONGER_THAN_REMEMBERED },
    );
    pod.kratos.state = "gone";
    // The test waits for the absence of events: for a while nobody is let in by a cached decision.
    for (let second = 0; second < 3; second++) {
      assert.equal(await status(), 503, `${second} s after Kratos went away`);
      await sleep(1000);
    }
    pod.kratos.state = "well";
    assert.equal(await status(), 401);
    pod.kratos.revoked.clear();
    assert.equal(await status(), 200, "a no is asked anew each time");
  });

  it("is for one path where a rule of the host has paths, even below a wildcard that takes all", async () => {
    const host = "named.previews.apps.example.com";
    const post = async (path: string) =>
      (await pod.ask(path, { host, method: "POST", headers: as("alice") })).status;
    await pod.follow([
      ...writtenRules("api", { host, paths: ["/api"], methods: ["POST"] }, upstream),
      ...writtenRules(
        "admin",
        { host, paths: ["/admin"], methods: ["POST"], access: { emails: ["boss@example.com"] } },
        upstream,
      ),
      ...writtenRules("previews", { host: WILDCARD, methods: ["GET"] }, upstream),
    ]);
    assert.equal(await post("/api/x"), 200);
    assert.equal(await post("/admin/users"), 403, "another rule's");
    assert.equal(await post("/elsewhere"), 404, "no rule's");
  });

  it("comes from Kratos at its Service's current address, not from the one at nginx's start", async () => {
    await pod.follow(writtenRules("app", {}, upstream));
    const moved = "10.9.9.7";
    execFileSync("ip", ["address", "replace", `${moved}/32`, "dev", "lo"]);
    const moveTo = async (address: string) => {
      await pod.kratos.start(address);
      pod.names.addresses.set(Kratos.host, address);
    };
    try {
      for (const address of [moved, "127.0.0.1"]) {
        await moveTo(address);
        await pod.follow(
          writtenRules("app", { methods: [address === moved ? "GET" : "HEAD", "GET"] }, upstream),
        );
        await eventually(async () => {
          assert.equal((await askApp(as("bob"))).status, 200);
        });
      }
    } finally {
      await moveTo("127.0.0.1");
    }
  });

  it("holds while Kratos or its database is away, and nobody who is signed in has to sign in again", async () => {
    await pod.follow(writtenRules("app", {}, upstream));
    for (const state of ["ill", "gone"] as const) {
      pod.kratos.state = "well";
      assert.equal((await askApp(as("alice"))).status, 200);
      pod.kratos.state = state;
      let since = 0;
      await allowedUntil(() => pod.kratos.asked > 0 && ++since > 10);
      assert.equal((await askApp(as("bob"))).status, 503, "of whom nothing is remembered");
      const page = await askApp({ ...as("bob"), accept: "text/html" });
      assert.equal(page.status, 503);
      assert.match(page.body, /does not answer/);
      assert.equal((await askApp({})).status, 401, "who has no session");
    }
    pod.kratos.state = "well";
    assert.equal((await askApp(as("bob"))).status, 200);
  });

  for (const state of ["recovering", "reconnecting", "hanging"] as const)
    it(`outlives a refusal from before Kratos came back: ${state}`, async () => {
      await pod.follow(writtenRules("app", {}, upstream));
      assert.equal((await askApp(as("alice"))).status, 200);
      pod.kratos.state = state;
      await allowedUntil(() => pod.kratos.state === "well");
    });

  it("is not forgotten when the operator writes the same rules in another order", async () => {
    await pod.follow([...writtenRules("app", {}, upstream), ...writtenRules("other")]);
    assert.equal((await askApp(as("alice"))).status, 200);
    pod.kratos.state = "gone";
    await pod.reorderRules();
    assert.equal((await askApp(as("alice"))).status, 200);
  });

  it("is made again when rules change under load, and no request and no WebSocket is lost", async () => {
    const app = writtenRules("app", {}, upstream);
    await pod.follow(app);
    let isOver = false;
    const failed: number[] = [];
    const load = Array.from({ length: 8 }, async () => {
      while (!isOver) {
        const { status } = await askApp(as("alice"));
        if (status !== 200) failed.push(status);
      }
    });
    try {
      const socket = await pod.open("app.apps.example.com", "alice");
      for (let change = 0; change < 10; change++)
        await pod.follow([
          ...writtenRules("app", change % 2 === 0 ? { access: { domains: ["example.com"] } } : {}, upstream),
        ]);
      await socket.echo("still there");
      socket.close();
    } finally {
      isOver = true;
      await Promise.all(load);
    }
    assert.deepEqual(failed, []);
  }).timeout(240_000);

  it("follows a rule while rules change faster than they come into force", async () => {
    const stop = new AbortController();
    const changing = (async () => {
      for (let change = 0; !stop.signal.aborted; change++) {
        pod.setRules(writtenRules("restless", { headers: { "X-Change": String(change) } }, upstream));
        await sleep(300);
      }
    })();
    try {
      await eventually(
        async () => {
          const { status } = await pod.ask("/", { host: "restless.apps.example.com", headers: as("alice") });
          assert.equal(status, 200);
        },
        { seconds: 60 },
      );
    } finally {
      stop.abort();
      await changing;
    }
  });

  it("is forgotten with a deleted rule, even where one was remembered", async () => {
    const app = writtenRules("app", {}, upstream);
    const seconds: number[] = [];
    for (let time = 0; time < 5; time++) {
      await pod.follow([...app, ...writtenRules("gone", {}, upstream)]);
      const status = async (headers: Readonly<Record<string, string>>) =>
        (await pod.ask("/", { host: "gone.apps.example.com", headers })).status;
      assert.equal(await status(as("alice")), 200);
      const deletedAt = Date.now();
      await pod.follow(app);
      assert.deepEqual([await status({}), await status(as("alice"))], [404, 404]);
      seconds.push((Date.now() - deletedAt) / 1000);
    }
    process.stdout.write(`    after ${seconds.join(", ")} s\n`);
  });

  /** Sends requests as a person whose decision is cached, until this holds; all are let in. */
  async function allowedUntil(isEnough: () => boolean): Promise<void> {
    pod.kratos.asked = 0;
    const statuses = new Set<number>();
    await eventually(
      async () => {
        statuses.add((await askApp(as("alice"))).status);
        assert.ok(isEnough(), "Kratos was not asked");
      },
      { seconds: LONGER_THAN_REMEMBERED },
    );
    assert.deepEqual([...statuses], [200]);
  }

  const askApp = (headers: Readonly<Record<string, string>>) =>
    pod.ask("/", { host: "app.apps.example.com", headers });

  const askNginx = async ({ host, method, path, headers, proto }: Asked) =>
    (await pod.ask(path, { host, method, headers: { ...headers, "x-forwarded-proto": proto } })).status;

  async function askOathkeeper({ host, method, path, headers, proto }: Asked): Promise<Decision> {
    const forwarded = {
      "x-forwarded-method": method,
      "x-forwarded-proto": proto,
      "x-forwarded-host": host,
      "x-forwarded-uri": path,
    };
    const decision = await pod.ask("/decisions", {
      port: oathkeeperPorts.api,
      host: "oathkeeper",
      headers: { ...headers, ...forwarded },
    });
    const [, index] = /^rule-(\d+)\./.exec(String(decision.headers["x-portcullis-rule"])) ?? [];
    return { status: decision.status, rule: Number(index), email: String(decision.headers["x-user-email"]) };
  }
});

/** Oathkeeper's decision: which of the rules matched, and who it takes the visitor for. */
interface Decision {
  readonly status: number;
  readonly rule: number;
  readonly email: string;
}

/** nginx refuses a person who is on no list of the rule that Oathkeeper names. */
function judged({ status, rule, email }: Decision, rules: readonly DrawnRule[]): number {
  const { access: lists = { domains: ["example.com"] } }: { readonly access?: Access } =
    rules[rule]?.access ?? {};
  const isListed = lists.emails?.includes(email) ?? lists.domains?.includes(email.split("@")[1] ?? "");
  return status === 200 && isListed !== true ? 403 : status;
}

function expected(decision: Decision, { host, path }: Asked, rules: readonly DrawnRule[]): number {
  const decided = judged(decision, rules);
  const isAmbiguous = /\/\/|\/\.\.|%2e|%2f|;/i.test(path.split("?")[0] ?? "");
  const isAboutPaths = rules.some(
    (rule) => (rule.host === host || covers(rule.host, host)) && rule.path !== "/<**>",
  );
  return decision.status === 200 && isAmbiguous && isAboutPaths ? 400 : decided;
}

function written(
  { host, path, methods: some, access: lists, scheme }: DrawnRule,
  index: number,
): WrittenRule {
  const [rule] = writtenRules(`rule-${index}`, { ...lists, scheme, host }, upstream);
  assert.ok(rule);
  return { ...rule, match: { url: rule.match.url.replace("/<**>", path), methods: some } };
}
