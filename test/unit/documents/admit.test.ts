import assert from "node:assert/strict";
import * as fc from "fast-check";
import {
  admissionProblems,
  admitProblems,
  isAdmitted,
  withMembers,
  type Account,
  type Admission,
  type AdmitLists,
  type AdmitArgs,
} from "../../../documents/kratos/admit";
import { claimsMapper } from "../../../documents/kratos/claimsMapper";

const alice: Account = { subject: "1", email: "alice@example.com", workspaceDomain: "example.com" };
const alicePrivately: Account = { subject: alice.subject, email: alice.email };

function problemPaths(admission: Admission): string[] {
  return admissionProblems((property) => property, admission).map(({ path }) => path);
}

/** The lists of a claims mapper. */
function listsOf(program: string): AdmitLists {
  const lines = program.matchAll(/^ {2}(workspaceDomains|emailDomains|emails): (.*),$/gm);
  return Object.fromEntries(
    [...lines].map(([, name = "", json = ""]) => [name, JSON.parse(json) as string[]]),
  );
}

describe("isAdmitted", () => {
  const cases: readonly [string, Admission, Account, boolean][] = [
    ["whose address is listed", { admit: { emails: ["Alice@Example.com"] } }, alicePrivately, true],
    ["whose address's domain is listed", { admit: { emailDomains: ["EXAMPLE.com"] } }, alicePrivately, true],
    ["whose Workspace is listed", { admit: { workspaceDomains: ["example.com"] } }, alice, true],
    [
      "of a domain but not its Workspace",
      { admit: { workspaceDomains: ["example.com"] } },
      alicePrivately,
      false,
    ],
    ["of a subdomain", { admit: { emailDomains: ["com"] } }, alice, false],
    ["with two at signs", { admit: { emailDomains: ["b"] } }, { subject: "1", email: "a@b@b" }, false],
    ["without a local part", { admit: { emailDomains: ["b"] } }, { subject: "1", email: "@b" }, false],
    [
      "listed, but not of the hosted domain",
      { admit: { emails: [alice.email] }, hostedDomain: "other.example" },
      alice,
      false,
    ],
    [
      "listed, but of no Workspace",
      { admit: { emails: [alice.email] }, hostedDomain: "example.com" },
      alicePrivately,
      false,
    ],
    [
      "listed and of the hosted domain",
      { admit: { emails: [alice.email] }, hostedDomain: "Example.com" },
      alice,
      true,
    ],
    [
      "listed and of one of two hosted domains",
      { admit: { emails: [alice.email] }, hostedDomain: ["other.example", "Example.com"] },
      alice,
      true,
    ],
    [
      "listed, but of none of two hosted domains",
      { admit: { emails: [alice.email] }, hostedDomain: ["other.example", "example.org"] },
      alice,
      false,
    ],
    [
      "of the hosted domain, but not listed",
      { admit: { emails: ["bob@example.com"] }, hostedDomain: "example.com" },
      alice,
      false,
    ],
    [
      "not named, when closed",
      { admit: "closed", identities: [{ subject: "2", email: alice.email }] },
      alice,
      false,
    ],
    [
      "named by subject, when closed",
      { admit: "closed", identities: [{ subject: "1", email: "a@b.c" }] },
      alice,
      true,
    ],
    ["when closed to everybody", { admit: "closed", identities: [] }, alice, false],
    ["that was made by hand, when closed", { admit: "closed" }, alice, true],
    [
      "whose characters only look alike",
      { admit: { emailDomains: ["korp.example"] } },
      { subject: "1", email: "a@\u212Aorp.example" },
      false,
    ],
  ];
  for (const [who, admission, account, expected] of cases)
    it(`${expected ? "admits" : "refuses"} an account ${who}`, () => {
      assert.equal(isAdmitted(admission, account), expected);
    });
});

describe("groups that a provider admits", () => {
  const domain = fc.constantFrom("example.com", "EXAMPLE.com", "sub.example.com", "other.example");
  const email = fc.tuple(fc.constantFrom("alice", "Bob", ""), domain).map(([name, of]) => `${name}@${of}`);
  const group = fc.record({ emails: fc.array(email), domains: fc.array(domain) }, { requiredKeys: [] });
  const members = fc.dictionary(fc.constantFrom("sre", "staff", "ops"), group);
  const lists = fc.record(
    {
      workspaceDomains: fc.array(domain),
      emailDomains: fc.array(domain),
      emails: fc.array(email),
      groups: fc.array(fc.constantFrom("sre", "staff")),
    },
    { requiredKeys: [] },
  );
  const account = fc.record(
    { subject: fc.constant("1"), email, workspaceDomain: domain },
    { requiredKeys: ["subject", "email"] },
  );

  it("admit exactly the listed accounts and the groups' members, as the claims mapper does", () => {
    fc.assert(
      fc.property(
        lists,
        members,
        account,
        fc.option(domain, { nil: undefined }),
        (given, of, who, hosted) => {
          const hostedDomain = hosted !== undefined && { hostedDomain: hosted };
          const { groups = [], ...own } = given;
          const among = (admit: AdmitLists) => isAdmitted({ admit, ...hostedDomain }, who);
          const wanted =
            among(own) ||
            groups.some((name) =>
              among({ emails: of[name]?.emails ?? [], emailDomains: of[name]?.domains ?? [] }),
            );
          const admit = withMembers(given, of);
          assert.equal(isAdmitted({ admit, ...hostedDomain }, who), wanted);
          assert.equal(among(listsOf(claimsMapper({ admit, ...hostedDomain }))), wanted);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("admit nobody for an unknown group, and leave a setting without groups unchanged", () => {
    assert.deepEqual(withMembers({ groups: ["sre"] }, {}), { emailDomains: [], emails: [] });
    for (const admit of ["closed", { workspaceDomains: ["example.com"] }] as const)
      assert.equal(withMembers(admit, { sre: { emails: [alice.email] } }), admit);
  });
});

describe("admission settings", () => {
  it("may list domains, addresses or groups, be closed, or be closed with identities", () => {
    const admits: AdmitArgs[] = [
      { workspaceDomains: ["example.com"] },
      { emailDomains: ["Sub.Example.co"] },
      { emails: ["first.last+tag@example.com"] },
      { groups: ["sre"] },
      "closed",
    ];
    for (const admit of admits) assert.deepEqual(admitProblems("admit", admit), []);
    assert.deepEqual(
      problemPaths({ admit: "closed", identities: [{ subject: "108", email: "alice@example.com" }] }),
      [],
    );
  });

  it("are reported with the path of every wrong entry", () => {
    assert.deepEqual(
      problemPaths({
        admit: {
          workspaceDomains: ["example.com", "@example.com", "https://example.com"],
          emailDomains: ["example"],
          emails: ["example.com", "a@b@example.com", "a b@example.com"],
        },
      }),
      [
        "admit.workspaceDomains[1]",
        "admit.workspaceDomains[2]",
        "admit.emailDomains[0]",
        "admit.emails[0]",
        "admit.emails[1]",
        "admit.emails[2]",
      ],
    );
  });

  it("are refused when the lists admit nobody", () => {
    for (const admit of [{}, { emails: [] }, { groups: [] }])
      assert.deepEqual(
        admitProblems("admit", admit).map(({ reason }) => reason),
        ["admits nobody"],
      );
  });

  it("are refused when they admit a Workspace that the hosted domain excludes", () => {
    const admission = {
      admit: { workspaceDomains: ["Example.com", "b.example"] },
      hostedDomain: "example.com",
    };
    assert.deepEqual(problemPaths(admission), ["admit.workspaceDomains[1]"]);
  });

  it("are refused with identities of an open provider, and with duplicate or malformed identities", () => {
    const one = { subject: "1", email: "alice@example.com" };
    assert.deepEqual(problemPaths({ admit: { emails: [one.email] }, identities: [one] }), ["identities"]);
    assert.deepEqual(
      problemPaths({
        admit: "closed",
        identities: [
          one,
          { subject: "1", email: "Alice@example.com" },
          { subject: "a b", email: "bob" },
          { subject: "1\ud83d", email: "eve@example.com" },
        ],
      }),
      [
        "identities[1].subject",
        "identities[1].email",
        "identities[2].subject",
        "identities[2].email",
        "identities[3].subject",
      ],
    );
  });
});
