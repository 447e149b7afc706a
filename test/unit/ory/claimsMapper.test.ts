import assert from "node:assert/strict";
import fc from "fast-check";
import { admitProblems, claimsMapper, refusals, type Admit } from "../../../ory/kratos/claimsMapper";
import { assertPinned } from "./pinned";

/** The lists of a built program, read back as JSON, and the program without them. */
function taken(program: string): { lists: unknown[]; rest: string } {
  const line = /^( {2}(?:workspaceDomains|emailDomains|emails): )(.*),$/gm;
  return {
    lists: [...program.matchAll(line)].map(([, , json = ""]): unknown => JSON.parse(json)),
    rest: program.replace(line, "$1"),
  };
}

describe("claims mapper", () => {
  it("is the pinned program", () => {
    assertPinned(
      "claimsMapper.jsonnet",
      claimsMapper({
        workspaceDomains: ["Example.com"],
        emailDomains: ["corp.example"],
        emails: ["Eve@partner.example"],
      }),
    );
  });

  it("keeps whatever the lists hold inside their quotes", () => {
    const { rest } = taken(claimsMapper({}));
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: "binary" })),
        fc.array(fc.string()),
        fc.array(fc.constantFrom("'", '"', "\\", "\n", "', error", "${x}", "|||\n", "$1", "$&", "A@B.C")),
        (workspaceDomains, emailDomains, emails) => {
          const program = taken(claimsMapper({ workspaceDomains, emailDomains, emails }));
          assert.equal(program.rest, rest);
          const lower = (entry: string) => entry.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
          assert.deepEqual(program.lists, [
            workspaceDomains.map(lower),
            emailDomains.map(lower),
            emails.map(lower),
          ]);
        },
      ),
    );
  });

  it("folds only ASCII letters, so that no other letter turns into an admitted one", () => {
    assert.deepEqual(taken(claimsMapper({ emailDomains: ["\u212Aorp.example", "KORP.example"] })).lists[1], [
      "\u212Aorp.example",
      "korp.example",
    ]);
  });

  it("names nobody in what a refused visitor reads", () => {
    const program = claimsMapper({ workspaceDomains: ["secret.example"], emails: ["boss@secret.example"] });
    const errors = [...program.matchAll(/error '([^']*)'/g)].map(([, text]) => text);
    assert.deepEqual(errors, [refusals.noAddress, refusals.unverified, refusals.notAdmitted]);
    for (const text of Object.values(refusals)) assert.doesNotMatch(text, /secret|['\\]/);
  });

  it("accepts lists that name somebody", () => {
    const admits: Admit[] = [
      { workspaceDomains: ["example.com"] },
      { emailDomains: ["Sub.Example.co"] },
      { emails: ["first.last+tag@example.com"] },
    ];
    for (const admit of admits) assert.deepEqual(admitProblems("admit", admit), []);
  });

  it("reports every wrong entry with its path", () => {
    const problems = admitProblems("login.admit", {
      workspaceDomains: ["example.com", "@example.com", "https://example.com"],
      emailDomains: ["example"],
      emails: ["example.com", "a@b@example.com", "a b@example.com"],
    });
    assert.deepEqual(
      problems.map(({ path }) => path),
      [
        "login.admit.workspaceDomains[1]",
        "login.admit.workspaceDomains[2]",
        "login.admit.emailDomains[0]",
        "login.admit.emails[0]",
        "login.admit.emails[1]",
        "login.admit.emails[2]",
      ],
    );
  });

  it("refuses lists that admit nobody", () => {
    for (const admit of [{}, { emails: [] }])
      assert.deepEqual(
        admitProblems("admit", admit).map(({ reason }) => reason),
        ["admits nobody"],
      );
  });
});
