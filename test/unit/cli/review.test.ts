import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lastUses, type LastUses } from "../../../cli/sessions/auditLog";
import type { Person } from "../../../cli/sessions/person";
import { reviewOf } from "../../../cli/sessions/review";
import { asMarkdown, asText, reviewTable } from "../../../cli/sessions/table";
import { csv } from "../../../cli/shared/csv";
import { Failure } from "../../../cli/shared/failure";
import { groupRule } from "../../../documents/oathkeeper/groups";
import { sentinelRule } from "../../../documents/oathkeeper/sentinel";
import { rulesOf } from "../documents/serviceRules";

function person(name: string, more: Partial<Person> = {}): Person {
  const email = `${name}@example.com`;
  const known = {
    id: name,
    name: email,
    email,
    providers: ["staff"],
    isActive: true,
    isAdmitted: true,
    claimedGroups: [],
  };
  return { ...known, accounts: [], sessions: [], ...more };
}

const rules = [
  { metadata: { namespace: "portcullis", name: "sentinel" }, spec: sentinelRule },
  ...rulesOf("wiki"),
  ...rulesOf("grafana", {
    access: { emails: ["alice@example.com"] },
    publicPaths: [{ path: "/healthz", match: "exact", methods: ["GET"] }],
  }),
  ...rulesOf("api", { paths: ["/v1", "/v2"], access: { domains: ["example.com"] } }),
];

const urlsOf = (who: Person, uses?: LastUses) =>
  (reviewOf([who], rules, uses)[0]?.services ?? []).map(({ url }) => url);

describe("an access review", () => {
  it("lists what each person may open, decided as by explain", () => {
    const api = "https://api.apps.example.com/v1 https://api.apps.example.com/v2";
    assert.deepEqual(urlsOf(person("alice")), [
      api,
      "https://grafana.apps.example.com/",
      "https://wiki.apps.example.com/",
    ]);
    assert.deepEqual(urlsOf(person("bob")), [api, "https://wiki.apps.example.com/"]);
    const nameless = person("carol", { email: "" });
    assert.deepEqual(urlsOf(nameless), ["https://wiki.apps.example.com/"]);
  });

  it("has the port in a service's address where the domain has one", () => {
    const domain = { name: "apps.example.com", port: 8443 };
    const [review] = reviewOf([person("alice")], rulesOf("wiki", { domain }));
    assert.deepEqual(
      review?.services.map(({ url }) => url),
      ["https://wiki.apps.example.com:8443/"],
    );
  });

  it("knows the members of a group that a service names, and does not list the group as a service", () => {
    const group = {
      metadata: { namespace: "portcullis", name: "access-group-sre" },
      spec: groupRule("sre", { emails: ["alice@example.com"] }),
    };
    const withGroup = [...rulesOf("oncall", { access: { groups: ["sre"] } }), group];
    const opened = (name: string) =>
      (reviewOf([person(name)], withGroup)[0]?.services ?? []).map(({ url, why }) => [url, why]);
    assert.deepEqual(opened("alice"), [
      ["https://oncall.apps.example.com/", "access.groups has sre, whose emails have alice@example.com."],
    ]);
    assert.deepEqual(opened("bob"), []);
  });

  it("lists no service for a deactivated person, but keeps their line", () => {
    const review = reviewOf([person("bob", { isActive: false })], rules);
    assert.deepEqual(review[0]?.services, []);
    assert.equal(reviewTable(review).length, 2);
  });

  it("has one line for a service of several Rules, which it names with the reason", () => {
    const grafana = reviewOf([person("alice")], rules)[0]?.services.at(1);
    assert.equal(grafana?.why, "access.emails has alice@example.com.");
    assert.ok(grafana.rules.length > 1, grafana.rules.join());
    assert.equal(grafana.rules[0], "monitoring/grafana");
  });

  it("lists a handwritten Rule that it cannot judge, and says so", () => {
    const own = { match: { url: "<.*>", methods: ["GET"] }, authenticators: [{ handler: "noop" }] };
    const services = reviewOf([person("bob")], [{ spec: own }])[0]?.services;
    assert.deepEqual(
      services?.map(({ url, why }) => [url, why]),
      [["<.*>", "The Rule requires no session: no service of a gateway has such a Rule."]],
    );
  });

  it("is a table for a terminal, and Markdown for a report", () => {
    const table = reviewTable(reviewOf([person("bob")], rulesOf("wiki")));
    assert.deepEqual(asText(table).split("\n"), [
      "E-MAIL           SIGNS IN BY  STATE   ADMITTED  LAST SIGN-IN  SERVICE                         WHY",
      "bob@example.com  staff        active  yes                     https://wiki.apps.example.com/  The service is open to everybody who may sign in.",
    ]);
    const [titles = "", rule] = asMarkdown(table).split("\n");
    assert.equal(rule, titles.replace(/[^|]+/g, " --- "));
    assert.match(asMarkdown(table), /^\| bob&#64;example.com \| staff \|.*wiki.apps.example.com\/ \|/m);
  });
});

describe("a person's last use of a service", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "audit-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function usesOf(...lines: (object | string)[]): Promise<LastUses> {
    const file = join(folder, "proxy.log");
    await writeFile(
      file,
      lines.map((one) => `${typeof one === "string" ? one : JSON.stringify(one)}\n`).join(""),
    );
    return lastUses(file);
  }
  const line = {
    time: "2026-11-26T05:02:16+00:00",
    audit: "request",
    decision: "allowed",
    reason: "session",
    rule: "wiki.monitoring",
    identity: "bob",
  };

  it("is the latest line of the audit log that let them in, whatever else is in the file", async () => {
    const uses = await usesOf(
      "2026/11/26 05:02:16 [error] connect() failed",
      { ...line, time: "2026-11-26T09:00:00+02:00" },
      line,
      { ...line, time: "2026-11-26T10:00:00+00:00", decision: "refused", reason: "forbidden" },
      { ...line, time: "2026-11-26T11:00:00+00:00", identity: "" },
      '{"audit":"request"',
    );
    const table = reviewTable(reviewOf([person("bob"), person("alice")], rulesOf("wiki"), uses));
    assert.deepEqual(
      table.map((cells) => cells.at(-1)),
      ["LAST SEEN", "2026-11-26 07:00Z", ""],
    );
  });

  it("is not read from a file without such a line", async () => {
    await assert.rejects(usesOf("hello"), Failure);
    await assert.rejects(lastUses(join(folder, "none")), /none cannot be read/);
  });
});

describe("a CSV", () => {
  it("quotes cells that need it, and ends lines as in RFC 4180", () => {
    assert.equal(csv([["a", 'b "c"', "d,e", "f\ng"]]), 'a,"b ""c""","d,e","f\ng"\r\n');
  });

  it("has no cell that a spreadsheet reads as a formula", () => {
    const cells = ["=1+1", "+a@example.com", "-2", "@SUM(A1)", "\t=1", "\r=1"];
    for (const cell of cells) assert.match(csv([[cell]]), /^"?'/, JSON.stringify(cell));
    assert.equal(csv([["alice@example.com"]]), "alice@example.com\r\n");
  });
});
