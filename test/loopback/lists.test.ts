import assert from "node:assert/strict";
import { performance } from "node:perf_hooks";
import type { WrittenRule } from "../../components/scripts/routes.mjs" with { "resolution-mode": "import" };
import { authorizeUrlPrefix } from "../../documents/rules/authorize";
import { writtenGroup, writtenRules } from "../writtenRules";
import { as, ProxyPod } from "./pod";
import { Upstream } from "./servers";

const upstream = `http://${Upstream.address}`;
const person = (at: number) => `person.number${at}@department.example.com`;
const REQUESTS = 400;

describe("lists of who may use a service", () => {
  let pod: ProxyPod;

  before(async () => {
    pod = await ProxyPod.shared();
  });

  const listing = (name: string, people: number): WrittenRule[] => {
    const emails = [...Array.from({ length: people }, (_, at) => person(at)), "alice@example.com"];
    return writtenRules(name, { access: { emails } }, upstream);
  };
  const status = async (name: string, who: string) =>
    (await pod.ask("/", { host: `${name}.apps.example.com`, headers: as(who) })).status;

  it("admit the people whom they name and nobody else, up to the longest list that the settings take", async () => {
    await pod.follow([...listing("short", 1), ...listing("longest", 199)]);
    for (const name of ["short", "longest"]) {
      assert.equal(await status(name, "alice"), 200, name);
      assert.equal(await status(name, "bob"), 403, name);
    }
  });

  it("do not stop other rules where a hand-written one is longer than nginx reads", async () => {
    const [rule] = writtenRules("odd", {}, upstream);
    assert.ok(rule);
    const remote = `${authorizeUrlPrefix}emails=${"a".repeat(5000)}%40example.com`;
    await pod.follow([
      { ...rule, authorizer: { handler: "remote_json", config: { remote } } },
      ...listing("other", 1),
    ]);
    assert.equal(await status("other", "alice"), 200);
    assert.match(pod.log(), /rule odd\.team is left out: it has an entry of a list that is longer/);
  });

  it("may be a group's, whose members change without a change of the service", async () => {
    const oncall = writtenRules("oncall", { access: { groups: ["sre", "gone"] } }, upstream);
    const groupOf = (person: string) => writtenGroup("sre", { emails: [`${person}@example.com`] });
    await pod.follow([...oncall, groupOf("alice")]);
    assert.equal(await status("oncall", "alice"), 200);
    assert.equal(await status("oncall", "bob"), 403);
    await pod.follow([...oncall, groupOf("bob")]);
    assert.equal(await status("oncall", "alice"), 403);
    assert.equal(await status("oncall", "bob"), 200);
    // A group's list in another namespace, and a group that does not exist, let nobody in.
    await pod.follow([...oncall, writtenGroup("sre", { emails: ["alice@example.com"] }, "team")]);
    for (const who of ["alice", "bob"]) assert.equal(await status("oncall", who), 403, who);
    assert.match(pod.log(), /rule access-group-sre\.team is left out/);
  });

  it("may be what claims say of a group, if the gateway's own rule says so", async () => {
    const service = (name: string, ...groups: readonly string[]) =>
      writtenRules(name, { access: { groups: groups } }, upstream);
    const rules = [
      ...service("pager", "on-call"),
      ...service("several", "nobodys", "on-call"),
      ...service("begins", "on"),
      ...service("ends", "call"),
    ];
    const groups = ["on-call", "on", "call", "nobodys"].map((name) => writtenGroup(name, "claimed"));
    await pod.follow([...rules, ...groups]);
    for (const [name, alice] of [
      ["pager", 200],
      ["several", 200],
      ["begins", 403],
      ["ends", 403],
    ] as const) {
      assert.equal(await status(name, "alice"), alice, name);
      assert.equal(await status(name, "bob"), 403, name);
    }
    // A client's own header has no effect.
    for (const header of ["x-portcullis-groups", "X-Portcullis-Groups"]) {
      const headers = { ...as("bob"), [header]: "on-call." };
      assert.equal((await pod.ask("/", { host: "pager.apps.example.com", headers })).status, 403, header);
    }
    // Claims have no effect on a group that is a list, and another namespace's rule does not make it a group of claims.
    await pod.follow([...rules, writtenGroup("on-call", { emails: ["bob@example.com"] })]);
    assert.equal(await status("pager", "alice"), 403);
    assert.equal(await status("pager", "bob"), 200);
    await pod.follow([...rules, writtenGroup("on-call", "claimed", "team")]);
    assert.equal(await status("pager", "alice"), 403);
    await pod.follow(rules);
    assert.equal(await status("pager", "alice"), 403);
  });

  it("of a group open no host by the group's rule", async () => {
    await pod.follow([writtenGroup("sre", { emails: ["alice@example.com"] })]);
    const host = "sre.groups.portcullis.invalid";
    assert.equal((await pod.ask("/", { host, headers: as("alice") })).status, 404);
  });

  it("of thousands take no longer than those of one, in groups too", async () => {
    const groups = Array.from({ length: 20 }, (_, at) => `group-${at}`);
    const everybody = Array.from({ length: 5000 }, (_, at) => person(at));
    await pod.follow([
      ...listing("one", 1),
      ...listing("thousands", 5000),
      ...writtenRules("grouped", { access: { groups } }, upstream),
      ...groups.map((name) => writtenGroup(name, { emails: everybody })),
      ...writtenRules("last", { access: { groups: [...groups, "alices"] } }, upstream),
      writtenGroup("alices", { emails: [...everybody, "alice@example.com"] }),
    ]);
    const names = ["one", "thousands", "last"] as const;
    const times = names.map((): number[] => []);
    // In turns, so that other work of the machine affects all of them; the first turns warm nginx up.
    for (let at = -REQUESTS / 4; at < REQUESTS; at += 1)
      for (const [index, name] of names.entries()) {
        const began = performance.now();
        assert.equal(await status(name, "alice"), 200);
        if (at >= 0) times[index]?.push(performance.now() - began);
      }
    const [one = 0, thousands = 0, last = 0] = times.map(
      (all) => all.sort((quick, slow) => quick - slow)[REQUESTS / 2],
    );
    process.stdout.write(
      `    one: ${one.toFixed(2)} ms, 5,000: ${thousands.toFixed(2)} ms, 21 groups of 5,000: ${last.toFixed(2)} ms at the median\n`,
    );
    assert.ok(thousands < one * 2 + 1);
    assert.ok(last < one * 2 + 1);
    for (const name of ["thousands", "grouped", "last"]) assert.equal(await status(name, "bob"), 403);
  });
});
