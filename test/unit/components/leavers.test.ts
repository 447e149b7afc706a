import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { createServer as createTcpServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import * as fc from "fast-check";
import { qualifies } from "../../../components/scripts/leavers/qualifies.mjs";
import { isAdmitted, type Admission } from "../../../documents/kratos/admit";
import { groupsOfProvider, groupsVersion } from "../../../documents/kratos/claimedGroups";
import { leaversSettings } from "../../../documents/kratos/leavers";
import { run, type Recorded } from "../mocks";
import { gateway } from "./programs";

const scripts = join(__dirname, "../../../components/scripts/leavers");

const noClaims: Parameters<typeof leaversSettings>[2] = { groups: {}, lifespan: "24h" };

describe("the check for leavers judges an account", () => {
  const domain = fc.constantFrom("example.com", "EXAMPLE.com", "sub.example.com", "other.example");
  const email = fc.oneof(
    fc.tuple(fc.constantFrom("alice", "Bob", ""), domain).map(([name, of]) => `${name}@${of}`),
    fc.constantFrom("", "alice", "a@b@example.com", "aliKe@example.com", "ali\u212Ae@example.com"),
  );
  const lists = fc.record(
    { workspaceDomains: fc.array(domain), emailDomains: fc.array(domain), emails: fc.array(email) },
    { requiredKeys: [] },
  );
  const subject = fc.constantFrom("1", "2", "urn:1");
  const identities = fc.array(fc.record({ subject, email }));
  const admission = fc.record(
    {
      admit: fc.oneof(lists, fc.constant("closed" as const)),
      identities,
      hostedDomain: fc.oneof(domain, fc.array(domain, { minLength: 1 })),
    },
    { requiredKeys: ["admit"] },
  ) as fc.Arbitrary<Admission>;
  const account = fc.record(
    { subject, email, workspaceDomain: domain },
    { requiredKeys: ["subject", "email"] },
  );

  it("as a first sign-in would", () => {
    fc.assert(
      fc.property(admission, account, (one, who) => {
        const folded = leaversSettings({ p: one }, 1, noClaims).admissions["p"];
        assert.ok(folded);
        assert.equal(qualifies(folded, who), isAdmitted(one, who));
      }),
      { numRuns: 2000 },
    );
  });
});

describe("the check for leavers", () => {
  type Document = Readonly<Record<string, unknown>>;
  let folder: string;
  let server: Server;
  let port: number;
  let pages: (readonly Document[] | string)[];
  let changed: string[];
  let sessionsAnswer: number;
  /** Ids of the people whom the identity server refuses to change. */
  let refused: readonly string[];

  const person = (id: string, email: string, more: Document = {}): Document => ({
    id,
    state: "active",
    metadata_public: { email },
    credentials: { oidc: { identifiers: [`staff:${id}`] } },
    ...more,
  });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "portcullis-leavers-"));
    await cp(scripts, folder, { recursive: true });
    changed = [];
    sessionsAnswer = 204;
    refused = [];
    server = createServer((request, response) => {
      const url = new URL(request.url ?? "", "http://admin");
      void text(request).then((body) => {
        if (request.method !== "GET") {
          changed.push(`${request.method} ${url.pathname} ${body}`.trim());
          if (refused.includes(url.pathname.split("/")[3] ?? "")) return response.writeHead(500).end();
          return response.writeHead(request.method === "DELETE" ? sessionsAnswer : 200).end();
        }
        const at = Number(url.searchParams.get("page_token") ?? 0);
        const page = pages[at];
        if (typeof page === "string") return response.writeHead(page === "500" ? 500 : 200).end(page);
        if (at + 1 < pages.length)
          response.setHeader("link", `</admin/identities?page_token=${at + 1}>; rel="next"`);
        return response.end(JSON.stringify(page));
      });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    ({ port } = server.address() as AddressInfo);
  });

  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  });

  const check = async (atMost = 20, claims = noClaims, options = "") => {
    const admissions = { staff: { admit: { emailDomains: ["example.com"] } } };
    await writeFile(
      join(folder, "settings.json"),
      JSON.stringify(leaversSettings(admissions, atMost, claims)),
    );
    const url = `http://127.0.0.1:${port}`;
    const child = spawn(process.execPath, [join(folder, "main.mjs")], {
      env: { ADMIN_URL: url, NODE_OPTIONS: options },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = once(child, "exit") as Promise<[number | null]>;
    const [said, [code]] = await Promise.all([text(child.stdout), ended]);
    const lines = said
      .trim()
      .split("\n")
      .map((line) => {
        const { time, ...rest } = JSON.parse(line) as Document;
        assert.ok(typeof time === "string" && !Number.isNaN(Date.parse(time)));
        return rest;
      });
    return { code, lines };
  };

  it("deactivates people on no list, on any page, ends their sessions, and logs it", async () => {
    pages = [
      [person("1", "alice@example.com"), person("2", "eve@gone.example", { state: "inactive" })],
      [person("3", "bob@gone.example")],
    ];
    assert.deepEqual(await check(), {
      code: 0,
      lines: [
        {
          audit: "leavers",
          action: "deactivated",
          identity: "3",
          email: "bob@gone.example",
          providers: ["staff"],
        },
        { audit: "leavers", action: "checked", active: 2, notJudged: 0, leavers: 1 },
      ],
    });
    assert.deepEqual(changed, [
      'PATCH /admin/identities/3 [{"op":"replace","path":"/state","value":"inactive"}]',
      "DELETE /admin/identities/3/sessions",
    ]);
  });

  it("deactivates people with accounts only at removed providers, and nobody with unknown accounts", async () => {
    pages = [
      [
        person("1", "alice@example.com", { credentials: { oidc: { identifiers: ["gone:1"] } } }),
        person("2", "bob@gone.example", { credentials: undefined }),
        person("3", "carol@example.com", { credentials: { oidc: { identifiers: ["gone:1", "staff:3"] } } }),
        person("4", "dave@example.com", { credentials: { oidc: { identifiers: ["constructor:4"] } } }),
      ],
    ];
    const { lines } = await check();
    assert.deepEqual(
      changed.filter((line) => line.startsWith("PATCH")).map((line) => line.split(" ")[1]),
      ["/admin/identities/1", "/admin/identities/4"],
    );
    assert.equal(lines.at(-1)?.["notJudged"], 1);
  });

  it("deletes people whose claims are old, of other groups, or of a provider without groups now", async () => {
    const groups = { sre: { provider: "staff", claims: { groups: "sre" } } };
    const groupsVersionOf = groupsVersion(groupsOfProvider(groups, "staff"));
    const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();
    const read = (id: string, created: number, version: string | undefined, more: Document = {}) =>
      person(id, `${id}@example.com`, {
        created_at: hoursAgo(created),
        metadata_admin: version === undefined ? null : { groupsVersion: version },
        ...more,
      });
    pages = [
      [
        read("fresh", 7.9, groupsVersionOf),
        read("old", 8.1, groupsVersionOf),
        read("of-before", 1, undefined),
        read("of-others", 1, "12345678"),
        read("inactive", 9, groupsVersionOf, { state: "inactive" }),
        person("leaver", "leaver@gone.example", { created_at: hoursAgo(9) }),
      ],
    ];
    const { lines } = await check(20, { groups, lifespan: "8h" });
    assert.deepEqual(
      lines.map(({ action, identity }) => [action, identity]),
      [
        ["deactivated", "leaver"],
        ["forgotten", "old"],
        ["forgotten", "of-before"],
        ["forgotten", "of-others"],
        ["checked", undefined],
      ],
    );
    assert.deepEqual(lines.at(-1)?.["forgotten"], 3);
    assert.deepEqual(
      changed.filter((line) => !line.includes("leaver")),
      ["old", "of-before", "of-others"].map((id) => `DELETE /admin/identities/${id}`),
    );
    changed = [];
    const another = { sre: { provider: "another", claims: { groups: "sre" } } };
    pages = [[read("moved", 1, groupsVersionOf), read("never", 100, undefined)]];
    await check(20, { groups: another, lifespan: "8h" });
    assert.deepEqual(changed, ["DELETE /admin/identities/moved"]);
  });

  it("deletes people with old claims even when there are too many leavers to deactivate any", async () => {
    const groups = { sre: { provider: "staff", claims: { groups: "sre" } } };
    pages = [
      [person("1", "alice@example.com"), person("2", "bob@gone.example"), person("3", "eve@gone.example")],
    ];
    const { code } = await check(1, { groups, lifespan: "8h" });
    assert.deepEqual([code, changed], [1, ["DELETE /admin/identities/1"]]);
  });

  it("keeps no login provider's tokens in memory, which are most of what the identity server sends", async () => {
    const tokens = { providers: [{ initial_id_token: "a".repeat(32 * 1024) }] };
    const page = (of: number) =>
      Array.from({ length: 50 }, (_, index) => {
        const id = `${of}-${index}`;
        return person(id, `${id}@example.com`, {
          credentials: { oidc: { identifiers: [`staff:${id}`], config: tokens } },
        });
      });
    pages = Array.from({ length: 40 }, (_, of) => page(of));
    const { lines } = await check(20, noClaims, "--max-old-space-size=32");
    assert.deepEqual(lines, [
      { audit: "leavers", action: "checked", active: 2000, notJudged: 0, leavers: 0 },
    ]);
  });

  it("waits until it can connect, because NetworkPolicies apply late to a new pod", async () => {
    pages = [[person("3", "bob@gone.example")]];
    server.close();
    const refusing = createTcpServer((socket) => socket.destroy()).listen(port, "127.0.0.1");
    await once(refusing, "listening");
    const checked = check();
    await once(refusing, "connection");
    await once(refusing, "connection");
    refusing.close();
    await once(refusing, "close");
    server.listen(port, "127.0.0.1");
    const { code, lines } = await checked;
    assert.deepEqual([code, lines.map(({ action }) => action)], [0, ["deactivated", "checked"]]);
  });

  for (const [what, broken] of [
    ["answers with an error", "500"],
    ["says something else", '{"identities":[]}'],
    ["says half of it", '[{"id":"3"'],
    ["lists something else", '[{"id":"3"}]'],
  ] as const)
    it(`deactivates nobody where the identity server ${what} on a later page`, async () => {
      pages = [[person("1", "bob@gone.example")], broken];
      const { code, lines } = await check();
      assert.deepEqual([code, lines.length, lines[0]?.["action"], changed], [1, 1, "failed", []]);
    });

  it("deactivates nobody when the pages of the list never end", async () => {
    pages = [[person("1", "bob@gone.example")], []];
    let asked = 0;
    server.prependListener("request", ({ url = "" }, response) => {
      if (url.startsWith("/admin/")) asked++;
      response.setHeader("link", '</admin/identities?page_token=1>; rel="next"');
    });
    const { code, lines } = await check();
    assert.deepEqual([code, lines[0]?.["action"], changed, asked], [1, "failed", [], 2]);
  });

  it("deactivates nobody when there are more leavers than allowed at once", async () => {
    pages = [[person("1", "a@gone.example"), person("2", "b@gone.example")]];
    const { code, lines } = await check(1);
    assert.deepEqual([code, lines.map(({ action }) => action), changed], [1, ["refused", "failed"], []]);
    assert.equal((await check(2)).code, 0);
  });

  it("accepts that somebody has no session, and fails when sessions cannot be ended", async () => {
    pages = [[person("1", "bob@gone.example")]];
    sessionsAnswer = 404;
    assert.equal((await check()).code, 0);
    sessionsAnswer = 500;
    const { code, lines } = await check();
    assert.deepEqual([code, lines.map(({ action }) => action)], [1, ["deactivated", "failed", "checked"]]);
  });

  it("continues after a person whom the identity server refuses to change, logs the person, and fails", async () => {
    const groups = { sre: { provider: "staff", claims: { groups: "sre" } } };
    pages = [
      [
        ...["1", "2"].map((id) => person(id, `${id}@example.com`)),
        ...["3", "4"].map((id) => person(id, `${id}@gone.example`)),
      ],
    ];
    refused = ["1", "3"];
    const { code, lines } = await check(20, { groups, lifespan: "8h" });
    assert.equal(code, 1);
    const failed = (id: string) => ({
      audit: "leavers",
      action: "failed",
      identity: id,
      message: `The identity server answers 500 at /admin/identities/${id}.`,
    });
    const checked = { active: 4, notJudged: 0, leavers: 2, forgotten: 1, failed: 2 };
    assert.deepEqual(lines, [
      failed("3"),
      {
        audit: "leavers",
        action: "deactivated",
        identity: "4",
        email: "4@gone.example",
        providers: ["staff"],
      },
      failed("1"),
      { audit: "leavers", action: "forgotten", identity: "2", email: "2@example.com" },
      { audit: "leavers", action: "checked", ...checked },
    ]);
    assert.deepEqual(
      changed.filter((line) => !line.startsWith("PATCH")),
      ["DELETE /admin/identities/4/sessions", "DELETE /admin/identities/1", "DELETE /admin/identities/2"],
    );
  });
});

describe("a gateway with a check for leavers", () => {
  const adminHost = (made: Recorded) => {
    const { data } = made.one(":ConfigMap", "access-identity").inputs as { data: Record<string, string> };
    return (JSON.parse(data["kratos.json"] ?? "") as { serve: { admin: { host?: string } } }).serve.admin
      .host;
  };

  it("creates it before the identity server, whose admin API it can reach", async () => {
    const { made } = await run(() => gateway({ leavers: {} }));
    const { after } = made.one(":Deployment", "access-identity");
    assert.ok(
      after.some((one) => one.endsWith(":CronJob access-identity-leavers")),
      after.join(),
    );
    assert.equal(adminHost(made), undefined);
  });

  it("does not have it by default, and then the admin API listens on loopback", async () => {
    const { made } = await run(() => gateway());
    assert.equal(made.has(":CronJob", "access-identity-leavers"), false);
    assert.equal(adminHost(made), "127.0.0.1");
  });

  it("refuses one that could deactivate nobody", async () => {
    await assert.rejects(
      run(() => gateway({ leavers: { atMost: 0 } })),
      /args\.leavers\.atMost/,
    );
  });
});
