import assert from "node:assert/strict";
import { mock } from "node:test";
import { output } from "@pulumi/pulumi";
import type { GroupArgs } from "../../../components/accessGateway/groups";
import { mapperFile } from "../../../components/identityServer/files";
import { ComponentProblem } from "../../../components/shared/errors";
import type { LeaversSettings } from "../../../documents/kratos/leavers";
import { claimedGroupUrl } from "../../../documents/rules/authorize";
import { parseGroupRule, type groupRule } from "../../../documents/oathkeeper/groups";
import { lateErrors, refusedBy, run, type Answers, type Recorded } from "../mocks";
import { gateway, service, staff } from "./programs";

const lookup = "gcp:cloudidentity/getGroupLookup:getGroupLookup";
const transitive = "gcp:cloudidentity/getGroupTransitiveMemberships:getGroupTransitiveMemberships";
const direct = "gcp:cloudidentity/getGroupMemberships:getGroupMemberships";
const key = (id: string, namespace = "") => [{ id, namespace }];

/** Google's answer for a group with two people, a nested group, and an account of another directory. */
const answers: Answers = {
  [lookup]: { name: "groups/03abc" },
  [transitive]: {
    memberships: [
      { member: "users/1", preferredMemberKeys: key("Alice@example.com"), relationType: "DIRECT", roles: [] },
      {
        member: "groups/2",
        preferredMemberKeys: key("oncall@example.com"),
        relationType: "DIRECT",
        roles: [],
      },
      { member: "users/3", preferredMemberKeys: key("bob@example.com"), relationType: "INDIRECT", roles: [] },
      { member: "users/4", preferredMemberKeys: key("S-1-5", "identitysources/1"), roles: [] },
    ],
  },
  [direct]: {
    memberships: [
      { type: "USER", preferredMemberKeys: key("Alice@example.com") },
      { type: "GROUP", preferredMemberKeys: key("oncall@example.com") },
      { type: "SERVICE_ACCOUNT", preferredMemberKeys: key("robot@project.iam.gserviceaccount.com") },
    ],
  },
};

function ruleOf(made: Recorded, name: string) {
  const { inputs } = made.one(":Rule", `access-group-${name}`);
  const { authorizer, match } = inputs["spec"] as unknown as ReturnType<typeof groupRule>;
  return { url: match.url, remote: "config" in authorizer ? authorizer.config.remote : undefined };
}

/** The members of a group according to its Rule. */
function listsOf(made: Recorded, name: string) {
  const { url, remote } = ruleOf(made, name);
  return parseGroupRule(url, remote)?.lists;
}

/** Why a gateway with the group is refused, immediately or later. */
async function problemsOf(group: GroupArgs, google: Answers = answers): Promise<string[]> {
  const errors = await lateErrors(() => gateway({ groups: { sre: group } }), google).catch(
    (error: unknown) => [error],
  );
  return errors.map((error) => {
    assert.ok(error instanceof ComponentProblem, String(error));
    return error.problems.map(({ path, reason }) => `${path} ${reason}`).join();
  });
}

async function withWarnings(group: GroupArgs, google: Answers = answers) {
  const printed = mock.method(console, "warn", () => undefined);
  try {
    const { made } = await run(() => gateway({ groups: { staff: group } }), {}, google);
    const warnings = printed.mock.calls.map(({ arguments: [line] }) => String(line));
    return { lists: listsOf(made, "staff"), warnings };
  } finally {
    printed.mock.restore();
  }
}

describe("the groups of a gateway", () => {
  it("are one Rule each in the gateway's namespace, deleted before the rule operator", async () => {
    const { made } = await run(() => gateway({ groups: { sre: { emails: ["alice@example.com"] } } }));
    const rule = made.one(":Rule", "access-group-sre");
    assert.deepEqual(rule.inputs["metadata"], {
      ...(rule.inputs["metadata"] as object),
      name: "access-group-sre",
      namespace: "portcullis",
    });
    assert.deepEqual(listsOf(made, "sre"), { emails: ["alice@example.com"], domains: [] });
    assert.ok(
      rule.after.some((one) => one.endsWith(":Deployment access-rules")),
      rule.after.join(),
    );
  });

  it("may come from another resource of the program", async () => {
    const emails = output(["alice@example.com"]);
    const { made } = await run(() => gateway({ groups: { sre: { emails, domains: ["sre.example.com"] } } }));
    assert.deepEqual(listsOf(made, "sre"), { emails: ["alice@example.com"], domains: ["sre.example.com"] });
    assert.deepEqual(await problemsOf({ emails: output(["alice"]) }), [
      "args.groups.sre.emails[0] is not an e-mail address",
    ]);
    assert.deepEqual(await problemsOf({ emails: output([]) }), ["args.groups.sre names nobody"]);
  });

  it("contain everybody of a Google group and its nested groups, by their primary addresses", async () => {
    const { lists, warnings } = await withWarnings({ googleGroup: "staff@example.com" });
    assert.deepEqual(lists, { emails: ["alice@example.com", "bob@example.com"], domains: [] });
    assert.deepEqual(warnings, []);
  });

  it("contain only direct members when configured, and warn about the nested groups left out", async () => {
    const { lists, warnings } = await withWarnings({ googleGroup: "staff@example.com", members: "direct" });
    assert.deepEqual(lists?.emails, ["alice@example.com"]);
    assert.match(warnings.join("\n"), /args\.groups\.staff .*oncall@example\.com, which are groups in it/);
  });

  it("admit nobody with a Google group without members, and warn about it", async () => {
    const none = { ...answers, [transitive]: { memberships: [] } };
    const { lists, warnings } = await withWarnings({ googleGroup: "staff@example.com" }, none);
    assert.deepEqual(lists, { emails: [], domains: [] });
    assert.match(warnings.join("\n"), /args\.groups\.staff has no members: it lets nobody in/);
  });

  it("fail when Google does not answer, so that the last members stay", async () => {
    const refused = { ...answers, [transitive]: new Error("403 PERMISSION_DENIED") };
    const errors = await lateErrors(
      () => gateway({ groups: { staff: { googleGroup: "staff@example.com" } } }),
      refused,
    );
    assert.ok(errors.length > 0);
  });

  it("are refused when a Google group is too large for a Rule", async () => {
    const member = (at: number) => ({
      member: `users/${at}`,
      preferredMemberKeys: key(`${"a".repeat(300)}.${at}@example.com`),
    });
    const memberships = Array.from({ length: 4000 }, (_, at) => member(at));
    assert.match(
      (
        await problemsOf({ googleGroup: "all@example.com" }, { ...answers, [transitive]: { memberships } })
      )[0] ?? "",
      /^args\.groups\.sre are more than 1000000 characters/,
    );
  });

  it("define who may sign in with a provider that admits them, in Kratos, the check for leavers and the commands", async () => {
    const groups = {
      sre: { emails: output(["Carol@example.com"]), domains: ["sre.example.com"] },
      staff: { googleGroup: "staff@example.com" },
      finance: { emails: ["dave@example.com"] },
    };
    const admit = { emails: ["eve@example.com"], groups: ["sre", "staff"] };
    const program = () => {
      const { admissions } = gateway({ groups, leavers: {}, loginProviders: [staff({ admit })] });
      return new Promise((resolve) => admissions.apply(resolve));
    };
    const { made, result } = await run(program, {}, answers);
    const emails = ["eve@example.com", "Carol@example.com", "Alice@example.com", "bob@example.com"];
    const lists = { emailDomains: ["sre.example.com"], emails };
    assert.deepEqual(result, { staff: { admit: lists, issuer: "https://id.example.com" } });
    const folded = emails.map((email) => email.toLowerCase());
    const dataOf = (name: string) => made.one(":ConfigMap", name).inputs["data"] as Record<string, string>;
    assert.ok(dataOf("access-identity")[mapperFile("staff")]?.includes(`emails: ${JSON.stringify(folded)},`));
    const { admissions } = JSON.parse(
      dataOf("access-identity-leavers")["settings.json"] ?? "",
    ) as LeaversSettings;
    assert.deepEqual(admissions["staff"], { ...lists, emails: folded, workspaceDomains: [] });
  });

  it("by claims are in their provider's claims mapper, in a Rule and in the settings of the check for leavers", async () => {
    const groups = {
      sre: { provider: "staff", claims: { groups: ["sre", "on-call"] } },
      ops: { emails: ["alice@example.com"] },
    };
    const program = () => {
      const { ref } = gateway({ groups, leavers: {}, session: { lifespan: "8h" } });
      return Promise.resolve(ref.groups);
    };
    const { made, result } = await run(program);
    assert.deepEqual(result, ["sre", "ops"]);
    assert.equal(ruleOf(made, "sre").remote, claimedGroupUrl);
    const dataOf = (name: string) => made.one(":ConfigMap", name).inputs["data"] as Record<string, string>;
    const mapper = dataOf("access-identity")[mapperFile("staff")] ?? "";
    assert.match(
      mapper,
      /^local groups = \[\{"name":"sre","claims":\[\{"path":\["groups"\],"values":\["sre","on-call"\]\}\]\}\];$/m,
    );
    const [, version] = /groupsVersion: '([0-9a-f]{8})'/.exec(mapper) ?? [];
    const { claims } = JSON.parse(
      dataOf("access-identity-leavers")["settings.json"] ?? "",
    ) as LeaversSettings;
    assert.deepEqual(claims, { staff: { version, oldest: 28_800 } });
  });

  it("by claims are refused in admit, without the check for leavers, and with an unknown provider", async () => {
    const groups = { sre: { provider: "okta", claims: { groups: "sre" } } };
    const { problems } = await refusedBy(() =>
      gateway({ groups, loginProviders: [staff({ admit: { groups: ["sre"] } })] }),
    );
    assert.deepEqual(problems.map(({ path, reason }) => `${path} ${reason}`).sort(), [
      "args.groups.sre.provider gives claims only at a first sign-in, and leavers is off: nobody would ever leave the group",
      "args.groups.sre.provider is not a login provider of the gateway",
      "args.loginProviders[0].admit.groups[0] is a group by claims, which cannot show later whether somebody may still sign in",
    ]);
  });

  it("that a provider admits are refused when they have more people than Kratos reads, Google groups included", async () => {
    const people = Array.from({ length: 1_000 }, (_, at) => `person.number${at}@example.com`);
    const memberships = people.map((email) => ({
      member: `users/${email}`,
      preferredMemberKeys: key(email),
    }));
    const google = { ...answers, [transitive]: { memberships } };
    const groups = {
      sre: { emails: people.map((email) => `x${email}`) },
      all: { googleGroup: "all@example.com" },
    };
    for (const [admitted, expected] of [
      [["sre"], []],
      [["all"], []],
      [["sre", "all"], ["args.loginProviders[0].admit: 2000 entries"]],
    ] as const) {
      const program = () => gateway({ groups, loginProviders: [staff({ admit: { groups: admitted } })] });
      const errors = await lateErrors(program, google);
      const told = errors.flatMap((error) => (error instanceof ComponentProblem ? error.problems : []));
      assert.deepEqual(
        told.map(({ path, value }) => `${path}: ${value}`),
        expected,
        String(errors),
      );
    }
  });

  it("that a provider admits are reported with all other mistakes when the gateway does not have them", async () => {
    const admit = { groups: ["ser", "A b"] };
    const groups = { sre: { emails: ["alice@example.com"] } };
    const { problems } = await refusedBy(() =>
      gateway({ groups, replicas: 0, loginProviders: [staff({ admit })] }),
    );
    assert.deepEqual(problems.map(({ path, reason }) => `${path} ${reason}`).sort(), [
      "args.loginProviders[0].admit.groups[0] is not a group of the gateway",
      "args.loginProviders[0].admit.groups[1] is not a name of a group",
      "args.replicas is not a whole number above 0",
    ]);
  });

  it("are passed to services by name only, and a service may name no other", async () => {
    const groups = { sre: { emails: ["alice@example.com"] } };
    const { result } = await run(() => gateway({ groups }).ref);
    assert.deepEqual(result.groups, ["sre"]);
    await run(() => service({ access: { groups: ["sre"] } }, { groups }));
    await assert.rejects(
      run(() => service({ access: { groups: ["sre", "ser"] } }, { groups })),
      /args\.access\.groups\[1\]: is not a group of the gateway \(found "ser"\)\. Did you mean "sre"\?/,
    );
    await assert.rejects(
      run(() => service({ access: { groups: ["sre"] } })),
      /which has none/,
    );
  });
});
