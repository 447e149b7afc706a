import assert from "node:assert/strict";
import {
  groupRule,
  groupsProblems,
  maxGroups,
  parseGroupRule,
  unknownGroupProblems,
  type KnownGroup,
} from "../../../documents/oathkeeper/groups";
import type { Claims } from "../../../documents/rules/claims";
import { nearest } from "../../../documents/shared/nearest";

const problems = (groups: Readonly<Record<string, KnownGroup>>) =>
  groupsProblems((property) => `groups.${property}`, groups, {}).map(({ path, reason }) => [path, reason]);

describe("a gateway's groups", () => {
  it("are lists of addresses and domains, or a Google group, under names that are DNS labels", () => {
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

  it("are refused when they name nobody, but not when a list is not known yet", () => {
    for (const group of [{}, { emails: [] }, { emails: [], domains: [] }])
      assert.deepEqual(problems({ sre: group }), [["groups.sre", "names nobody"]]);
    assert.deepEqual(problems({ sre: { emails: undefined, domains: [] } }), []);
  });

  it("are refused when one is too long for a Rule or there are too many for nginx", () => {
    const people = (count: number) =>
      Array.from({ length: count }, (_, at) => `person.number${at}@department.example.com`);
    assert.deepEqual(problems({ all: { emails: people(20_000) } }), []);
    assert.match(problems({ all: { emails: people(40_000) } })[0]?.[1] ?? "", /more than 1000000 characters/);
    const many = (count: number) =>
      Object.fromEntries(people(count).map((email, at) => [`group-${at}`, { emails: [email] }]));
    assert.deepEqual(problems(many(maxGroups)), []);
    assert.deepEqual(
      groupsProblems((property) => `groups.${property}`, many(maxGroups + 1), {}).map(({ path }) => path),
      ["groups"],
    );
  });

  it("are Rules that let nobody in, and are parsed back into their lists", () => {
    const { authenticators, authorizer, match } = groupRule("sre", {
      emails: ["Alice+x@Example.com"],
      domains: ["SRE.example.com"],
    });
    assert.deepEqual(authenticators, [{ handler: "unauthorized" }]);
    const remote = "config" in authorizer ? authorizer.config.remote : "";
    assert.deepEqual(parseGroupRule(match.url, remote), {
      name: "sre",
      lists: { emails: ["alice+x@example.com"], domains: ["sre.example.com"] },
      isClaimed: false,
    });
    const claimed = groupRule("sre", "claimed").authorizer;
    assert.deepEqual(parseGroupRule(match.url, "config" in claimed ? claimed.config.remote : ""), {
      name: "sre",
      lists: { emails: [], domains: [] },
      isClaimed: true,
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

describe("a group by claims", () => {
  const claims = { groups: ["sre", "on-call"] };
  const okta = { id: "okta", kind: "generic", admit: { emailDomains: ["example.com"] } } as const;
  const told = (group: KnownGroup, around: Parameters<typeof groupsProblems>[2] = {}) =>
    groupsProblems(
      (property) => `groups.${property}`,
      { sre: group },
      { loginProviders: [okta], leavers: {}, ...around },
    ).map(({ path, reason }) => `${path} ${reason}`);

  it("needs a login provider that passes on claims, as far as the providers are known", () => {
    const group = { provider: "okta", claims };
    assert.deepEqual(told(group), []);
    assert.deepEqual(told(group, { loginProviders: undefined }), []);
    assert.deepEqual(told({ provider: undefined, claims }), []);
    assert.deepEqual(told({ provider: "octa", claims }), [
      "groups.sre.provider is not a login provider of the gateway",
    ]);
    assert.deepEqual(told(group, { loginProviders: [{ ...okta, kind: "github" }] }), [
      "groups.sre.provider is of the kind github, from which Kratos passes on no such claims",
    ]);
    assert.deepEqual(told(group, { loginProviders: [{ ...okta, admit: "closed" }] }), [
      "groups.sre.provider is closed: its people exist before they sign in, so their claims are never read",
    ]);
  });

  it("needs claims that somebody can have, and may name the issuer", () => {
    const of = (claims: Claims) => told({ provider: "okta", claims });
    assert.deepEqual(
      of({ realm_access: { roles: ["sre"] }, iss: "https://okta.example.com", staff: true }),
      [],
    );
    assert.deepEqual(of({}), ["groups.sre.claims names nothing"]);
    assert.match(of({ groups: [] })[0] ?? "", /^groups\.sre\.claims\["groups"\] names nothing/);
    assert.match(of({ groups: "*" })[0] ?? "", /is not a wildcard/);
  });

  it("needs the check for leavers, and is refused with a second factor", () => {
    const group = { provider: "okta", claims };
    assert.match(
      told(group, { leavers: "off" }).join(),
      /leavers is off: nobody would ever leave the group$/,
    );
    for (const secondFactor of ["optional", "required"] as const)
      assert.match(told(group, { secondFactor }).join(), /would sign in again without it$/);
  });
});

describe("a group that a service names", () => {
  const problem = (named: string, known: readonly string[]) =>
    unknownGroupProblems("access.groups", [named], known)[0];

  it("is one of the gateway's, or is reported with the existing groups and the likely one", () => {
    assert.equal(problem("sre", ["ops", "sre"]), undefined);
    assert.deepEqual(problem("sr", ["ops", "sre"]), {
      path: "access.groups[0]",
      value: '"sr"',
      reason: "is not a group of the gateway",
      fix: 'Did you mean "sre"? Add it to groups of the gateway, or write one that it has: ops, sre.',
    });
    assert.equal(problem("x", [])?.fix, "Add it to groups of the gateway, which has none.");
    assert.match(problem("finance", ["ops", "sre"])?.fix ?? "", /^Add it/);
  });

  it("is guessed only where at most two letters of a longer word differ", () => {
    assert.equal(nearest("oncal", ["oncall", "sre"]), "oncall");
    assert.equal(nearest("platfrom", ["platform"]), "platform");
    assert.equal(nearest("ser", ["ops", "sre"]), "sre");
    assert.equal(nearest("sre", ["ops"]), undefined);
    assert.equal(nearest("a", ["b"]), undefined);
    assert.equal(nearest("administrators", ["admins"]), undefined);
  });
});
