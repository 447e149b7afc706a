import assert from "node:assert/strict";
import {
  groupRule,
  groupsProblems,
  mostGroups,
  parseGroupRule,
  unknownGroupProblems,
  type KnownGroup,
} from "../../../documents/oathkeeper/groups";
import { nearest } from "../../../documents/shared/nearest";

const problems = (groups: Readonly<Record<string, KnownGroup>>) =>
  groupsProblems((property) => `groups.${property}`, groups).map(({ path, reason }) => [path, reason]);

describe("a gateway's groups", () => {
  it("are lists of addresses and domains, or a Google group, by names that a host can begin with", () => {
    const sre = { emails: ["alice@example.com"], domains: ["sre.example.com"] };
    assert.deepEqual(problems({ sre, staff: { googleGroup: "staff@example.com" } }), []);
    assert.deepEqual(problems({ "SRE team": sre, a_b: sre }), [
      ["groups.SRE team", "is not a name of a group"],
      ["groups.a_b", "is not a name of a group"],
    ]);
    assert.deepEqual(problems({ sre: { emails: ["alice"], domains: ["@example.com"] } }), [
      ["groups.sre.emails[0]", "is not an e-mail address"],
      ["groups.sre.domains[0]", "is not a domain"],
    ]);
    assert.deepEqual(problems({ staff: { googleGroup: "staff" } }), [
      ["groups.staff.googleGroup", "is not an e-mail address"],
    ]);
  });

  it("name somebody; of a list that will be known later nothing is said", () => {
    for (const group of [{}, { emails: [] }, { emails: [], domains: [] }])
      assert.deepEqual(problems({ sre: group }), [["groups.sre", "names nobody"]]);
    assert.deepEqual(problems({ sre: { emails: undefined, domains: [] } }), []);
  });

  it("fit into a Rule, and into what nginx reads", () => {
    const people = (count: number) =>
      Array.from({ length: count }, (_, at) => `person.number${at}@department.example.com`);
    assert.deepEqual(problems({ all: { emails: people(20_000) } }), []);
    assert.match(problems({ all: { emails: people(40_000) } })[0]?.[1] ?? "", /more than 1000000 characters/);
    const many = (count: number) =>
      Object.fromEntries(people(count).map((email, at) => [`group-${at}`, { emails: [email] }]));
    assert.deepEqual(problems(many(mostGroups)), []);
    assert.deepEqual(
      groupsProblems((property) => `groups.${property}`, many(mostGroups + 1)).map(({ path }) => path),
      ["groups"],
    );
  });

  it("are Rules that no request matches and that let nobody in, and are read back as they were written", () => {
    const { authenticators, authorizer, match } = groupRule("sre", {
      emails: ["Alice+x@Example.com"],
      domains: ["SRE.example.com"],
    });
    assert.deepEqual(authenticators, [{ handler: "unauthorized" }]);
    const remote = "config" in authorizer ? authorizer.config.remote : "";
    assert.deepEqual(parseGroupRule(match.url, remote), {
      name: "sre",
      lists: { emails: ["alice+x@example.com"], domains: ["sre.example.com"] },
    });
    for (const url of [
      "https://grafana.apps.example.com/",
      `${match.url}x`,
      match.url.replace("sre", "a.b"),
      match.url.replaceAll(".", "-"),
    ])
      assert.equal(parseGroupRule(url, remote), undefined, url);
  });
});

describe("a group that a service names", () => {
  const problem = (named: string, known: readonly string[]) =>
    unknownGroupProblems("access.groups", [named], known)[0];

  it("is one of the gateway's, or told with those that there are and the one that was meant", () => {
    assert.equal(problem("sre", ["ops", "sre"]), undefined);
    assert.deepEqual(problem("sr", ["ops", "sre"]), {
      path: "access.groups[0]",
      value: '"sr"',
      reason: "is no group of the gateway",
      fix: 'Did you mean "sre"? Add it to groups of the gateway, or write one that it has: ops, sre.',
    });
    assert.equal(problem("x", [])?.fix, "Add it to groups of the gateway, which has none.");
    assert.match(problem("finance", ["ops", "sre"])?.fix ?? "", /^Add it/);
  });

  it("is guessed by at most two letters of a word that has more", () => {
    assert.equal(nearest("oncal", ["oncall", "sre"]), "oncall");
    assert.equal(nearest("platfrom", ["platform"]), "platform");
    assert.equal(nearest("ser", ["ops", "sre"]), "sre");
    assert.equal(nearest("sre", ["ops"]), undefined);
    assert.equal(nearest("a", ["b"]), undefined);
    assert.equal(nearest("administrators", ["admins"]), undefined);
  });
});
