import assert from "node:assert/strict";
import { isUtf8 } from "node:buffer";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { lastUses } from "../../cli/sessions/auditLog";
import { reviewOf } from "../../cli/sessions/review";
import { eventually } from "../../cli/shared/eventually";
import { nginxPorts } from "../../documents/rules/ports";
import { writtenRules } from "../writtenRules";
import { ServiceAccounts } from "./issuers";
import { as, ProxyPod, type Asked } from "./pod";
import { Upstream } from "./servers";

const upstream = `http://${Upstream.address}`;
const identity = "3f0c2c1e-1111-4222-8333-444455556666";

type Line = Readonly<Record<string, unknown>>;

/** The rules of an access review, which lists everybody who may open a service. */
const reviewed = [
  ...writtenRules("reviewed", { publicPaths: [{ path: "/open", match: "exact" }] }, upstream),
  ...writtenRules("carols", { access: { emails: ["carol@example.com"] } }, upstream),
];

describe("the audit line", () => {
  let pod: ProxyPod;
  let names = 0;

  before(async () => {
    pod = await ProxyPod.shared();
    await pod.follow([
      ...writtenRules("app", { publicPaths: [{ path: "/open", match: "exact" }] }, upstream),
      ...writtenRules("bobs", { access: { emails: ["bob@example.com"] } }, upstream),
      ...writtenRules("down", {}, "http://10.9.9.9:9"),
      // Two matching rules: Oathkeeper fails, and logs what it was asked.
      ...writtenRules("twice", {}, upstream),
      ...writtenRules("twice", {}, upstream).map((rule) => ({ ...rule, id: "again.team" })),
      ...writtenRules(
        "calls",
        {
          machines: { serviceAccounts: [{ namespace: "team", name: "deployer" }], audience: "calls" },
          serviceAccountIssuer: ServiceAccounts.issuer,
        },
        upstream,
      ),
      ...reviewed,
    ]);
  });

  /** The line of a request; waits until it is written. */
  async function lineOf(path: string, asked: Asked): Promise<Line> {
    names += 1;
    const name = `audited-${process.pid}-${names}`;
    await pod.ask(path, { ...asked, headers: { ...asked.headers, "x-request-id": name } });
    return lineNamed(name);
  }

  async function lineNamed(name: string): Promise<Line> {
    return eventually(() => {
      const lines = pod
        .log()
        .split("\n")
        .filter((line) => line.includes(`"request":"${name}"`));
      assert.equal(lines.length, 1, "one line a request");
      return Promise.resolve(JSON.parse(lines[0] ?? "") as Line);
    });
  }

  it("says who asked for what, by which rule, and why it was let through or refused", async () => {
    const host = (name: string) => `${name}.apps.example.com`;
    const alice = { identity, email: "alice@example.com", machine: "" };
    const nobody = { identity: "", email: "", machine: "" };
    const cases: readonly (readonly [path: string, asked: Asked, expected: Line])[] = [
      [
        "/a/b?c=d",
        { host: host("app"), headers: { ...as("alice"), "x-forwarded-for": "198.51.100.7" } },
        {
          ...alice,
          ...{ host: host("app"), method: "GET", path: "/a/b", status: 200, client: "198.51.100.7" },
          ...{ decision: "allowed", reason: "session", rule: "app.team" },
        },
      ],
      [
        "/open",
        { host: host("app") },
        { ...nobody, status: 200, decision: "allowed", reason: "public", rule: "app.team" },
      ],
      [
        "/",
        { host: host("bobs"), method: "POST", headers: as("alice") },
        {
          ...alice,
          method: "POST",
          status: 403,
          decision: "refused",
          reason: "forbidden",
          rule: "bobs.team",
        },
      ],
      [
        "/",
        { host: host("app") },
        { ...nobody, status: 401, decision: "refused", reason: "unauthorized", rule: "" },
      ],
      [
        "/",
        { host: host("app"), headers: { accept: "text/html" } },
        { ...nobody, status: 302, decision: "refused", reason: "unauthorized" },
      ],
      [
        "/",
        { host: host("nowhere"), headers: as("alice") },
        { status: 404, decision: "refused", reason: "unknown-service" },
      ],
      [
        "/",
        { host: host("app"), headers: { ...as("alice"), "x-original-url": "/" } },
        { status: 400, decision: "refused", reason: "forged-header" },
      ],
      [
        "/",
        { host: host("down"), headers: as("alice") },
        { ...alice, status: 502, decision: "allowed", reason: "session", rule: "down.team" },
      ],
    ];
    for (const [path, asked, expected] of cases) {
      const line = await lineOf(path, asked);
      const told = Object.fromEntries(Object.keys(expected).map((key) => [key, line[key]]));
      assert.deepEqual(told, expected, JSON.stringify(line));
      assert.equal(line["audit"], "request");
      assert.ok(!Number.isNaN(Date.parse(String(line["time"]))));
    }
  });

  it("names the service account whose token let a program in, and no person", async () => {
    const token = pod.serviceAccounts.token("team", "deployer", "calls");
    const { identity, email, machine, decision, reason, rule } = await lineOf("/", {
      host: "calls.apps.example.com",
      headers: { authorization: `Bearer ${token}` },
    });
    assert.deepEqual([identity, email, decision, reason, rule], ["", "", "allowed", "token", "calls.team"]);
    assert.equal(machine, `${ServiceAccounts.issuer}|system:serviceaccount:team:deployer`);
  });

  it("can be read as JSON, whatever bytes a client sends", async () => {
    // A byte that no text of UTF-8 has, half of a letter at the end of what is shown, and half of a pair.
    for (const bytes of [
      ...["\xff", "\xff".repeat(3000), `${"a".repeat(1022)}\xc3\xa4`],
      ...["\xed\xa0\x80", "\xc3\xa4"],
    ]) {
      const { path, client } = await lineOf(`/${bytes}/behind`, {
        host: "app.apps.example.com",
        headers: { ...as("alice"), "x-forwarded-for": bytes.slice(-9) },
      });
      assert.match(`${String(path)}${String(client)}`, /\ufffd|ä/);
      if (bytes.length < 9) assert.match(String(path), /\/behind$/);
      assert.ok(Buffer.byteLength(String(path)) <= 1030, String(path));
    }
    const log = readFileSync(join(process.env["LOOPBACK_ROOT"] ?? "", "log"));
    assert.ok(isUtf8(log), "a byte of the log is no text");
  });

  it("says how many bytes were sent, how long request and service took, and whether the decision was remembered", async () => {
    const host = "calls.apps.example.com";
    const name = `audited-${process.pid}-bytes`;
    const answer = await pod.send(
      `GET / HTTP/1.1\r\nHost: ${host}\r\nX-Forwarded-Proto: https\r\nX-Request-Id: ${name}\r\nCookie: ${as("alice").cookie}\r\n\r\n`,
    );
    assert.match(answer, /^HTTP\/1\.1 200/);
    const first = await lineNamed(name);
    assert.deepEqual([first["bytes"], first["remembered"]], [answer.length, "MISS"]);
    const began = performance.now();
    const slow = await lineOf(Upstream.slow, { host, headers: as("alice") });
    const took = (performance.now() - began) / 1000;
    assert.equal(slow["remembered"], "HIT");
    assert.match(String(slow["upstreamSeconds"]), /^\d+\.\d{3}$/);
    for (const seconds of [slow["seconds"], Number(slow["upstreamSeconds"])])
      assert.ok(typeof seconds === "number" && seconds >= 1.4 && seconds <= took, JSON.stringify(slow));
    const refused = await lineOf("/", { host: "nowhere.apps.example.com", headers: as("alice") });
    assert.equal(refused["upstreamSeconds"], "", "no service was asked");
    pod.kratos.state = "gone";
    try {
      await eventually(async () => {
        assert.equal((await lineOf("/", { host, headers: as("alice") }))["remembered"], "STALE");
      });
    } finally {
      pod.kratos.state = "well";
    }
  });

  it("is written for failures, with the request's trace", async () => {
    pod.kratos.state = "gone";
    try {
      const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
      const headers = { ...as("new"), traceparent };
      const line = await lineOf("/", { host: "app.apps.example.com", headers });
      assert.deepEqual(
        [line["status"], line["decision"], line["reason"], line["trace"]],
        [503, "failed", "unavailable", "0af7651916cd43dd8448eb211c80319c"],
      );
    } finally {
      pod.kratos.state = "well";
    }
  });

  it("lets an access review say who used which service, and when last", async () => {
    const session = { headers: as("alice") };
    await lineOf("/", { host: "reviewed.apps.example.com", ...session });
    const used = await lineOf("/a", { host: "reviewed.apps.example.com", ...session });
    await lineOf("/open", { host: "reviewed.apps.example.com" });
    const refused = await lineOf("/", { host: "carols.apps.example.com", ...session });
    assert.deepEqual([used["identity"], refused["reason"]], [identity, "forbidden"]);
    const file = join(mkdtempSync(join(process.env["LOOPBACK_ROOT"] ?? "/tmp", "review-")), "proxy.log");
    writeFileSync(file, pod.log());
    const uses = await lastUses(file);

    const rules = reviewed.map(({ id, ...spec }) => {
      const [name, namespace] = id.split(".");
      return { metadata: { name, namespace }, spec };
    });
    const person = (id: string, name: string) => ({
      ...{ id, name, email: `${name}@example.com`, providers: [], accounts: [] },
      ...{ claimedGroups: [], sessions: [] },
      ...{ isActive: true, isAdmitted: true },
    });
    const review = reviewOf([person(identity, "alice"), person("of-carol", "carol")], rules, uses);
    assert.deepEqual(
      review.map(({ services }) => services.map(({ url, lastSeen }) => [url, lastSeen])),
      [
        [["https://reviewed.apps.example.com/", new Date(String(used["time"])).toISOString()]],
        [
          ["https://carols.apps.example.com/", ""],
          ["https://reviewed.apps.example.com/", ""],
        ],
      ],
    );
    assert.equal(uses.of(identity, "carols.team"), undefined);
  });

  it("has nothing secret in it, and neither has any other line of the pod", async () => {
    const secret = fc.stringMatching(/^[A-Za-z0-9]{12}$/).map((text) => `s3cret${text}`);
    const hosts = fc.constantFrom("app", "bobs", "down", "nowhere", "twice");
    const [requests = []] = fc.sample(
      fc.array(fc.record({ host: hosts, secret, isBrowser: fc.boolean(), isSignedIn: fc.boolean() }), {
        minLength: 40,
        maxLength: 40,
      }),
      { seed: 7, numRuns: 1 },
    );
    const lines = requests.map(({ host, secret: one, isBrowser, isSignedIn }) =>
      lineOf(`/path?token=${one}&code=${one}`, {
        host: `${host}.apps.example.com`,
        headers: {
          cookie: `${isSignedIn ? as("alice").cookie : as(one).cookie}; other=${one}`,
          authorization: `Bearer ${one}`,
          "proxy-authorization": `Basic ${one}`,
          "x-api-key": one,
          referer: `https://app.apps.example.com/?code=${one}`,
          "user-agent": one,
          ...(isBrowser && { accept: "text/html" }),
        },
      }),
    );
    await Promise.all(lines);
    const found = pod
      .log()
      .split("\n")
      .filter((line) => line.includes("s3cret"));
    assert.deepEqual(found, []);
  });

  it("is JSON whatever a client sends, and short enough to be written in one piece", async () => {
    const long = "x".repeat(60_000);
    const line = await lineOf(`/${long}%22%0A"\\`, {
      host: "app.apps.example.com",
      headers: { ...as("alice"), "x-forwarded-for": `"\\${long}` },
    });
    assert.ok(JSON.stringify(line).length < 4096);
    assert.equal(String(line["client"]).length, 256);
    assert.match(String(line["path"]), /^\/x{1023}$/);
  });

  it("has the address that the ingress controller added, however long the client's own text before it is", async () => {
    const line = await lineOf("/", {
      host: "app.apps.example.com",
      headers: { ...as("alice"), "x-forwarded-for": `203.0.113.7, ${"x".repeat(300)}, 198.51.100.7` },
    });
    assert.match(String(line["client"]), /^x+, 198\.51\.100\.7$/);
  });

  /** The values that Prometheus reads, by series. */
  async function counts(): Promise<(series: string) => number> {
    const { body } = await pod.ask("/metrics", { port: nginxPorts.metrics });
    const lines = new Map(
      body.split("\n").map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.split(" ").pop())]),
    );
    return (series) => lines.get(series) ?? 0;
  }

  it("is counted once by status, decision, reason and rule, and in the buckets of its times", async () => {
    const total = (status: number, decision: string, reason: string, rule: string) =>
      `portcullis_requests_total{status_code="${status}",decision="${decision}",reason="${reason}",rule="${rule}"}`;
    const allowed = total(200, "allowed", "session", "app.team");
    const forbidden = total(403, "refused", "forbidden", "bobs.team");
    const unknown = total(404, "refused", "unknown-service", "");
    const request = "portcullis_request_duration_seconds";
    const ofApp = (series: string, le = "") =>
      `portcullis_upstream_duration_seconds_${series}{rule="app.team"${le && `,le="${le}"`}}`;
    const before = await counts();
    await lineOf("/", { host: "app.apps.example.com", headers: as("alice") });
    await lineOf(Upstream.slow, { host: "app.apps.example.com", headers: as("alice") });
    await lineOf("/", { host: "bobs.apps.example.com", headers: as("alice") });
    await lineOf("/", { host: "nowhere.apps.example.com", headers: as("alice") });
    const after = await counts();
    const grown = (series: string) => after(series) - before(series);
    assert.deepEqual([allowed, forbidden, unknown].map(grown), [2, 1, 1]);
    const buckets = (series: (le: string) => string) => ["1", "2.5", "+Inf"].map((le) => grown(series(le)));
    assert.deepEqual(
      buckets((le) => `${request}_bucket{le="${le}"}`),
      [3, 4, 4],
    );
    assert.deepEqual(
      buckets((le) => ofApp("bucket", le)),
      [1, 2, 2],
    );
    assert.deepEqual([`${request}_count`, ofApp("count")].map(grown), [4, 2]);
    for (const series of [`${request}_sum`, ofApp("sum")])
      assert.ok(grown(series) >= 1.5 && grown(series) < 4, `${series} ${grown(series)}`);
    assert.equal(after('portcullis_upstream_duration_seconds_count{rule="bobs.team"}'), 0);
  });
});
