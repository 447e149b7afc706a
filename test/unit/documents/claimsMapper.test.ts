import assert from "node:assert/strict";
import fc from "fast-check";
import { claimsMapper, refusals, type ClaimsMapperInput } from "../../../documents/kratos/claimsMapper";
import { assertPinned } from "./pinned";

/** The lists of a built program, read back as JSON, and the program without them. */
function taken(program: string): { lists: unknown[]; rest: string } {
  // Not "." and "^": to them U+2028, which an entry may contain, ends a line.
  const line = /(?<=\n)( {2}(?:workspaceDomains|emailDomains|emails): )([^\n]*),(?=\n)/g;
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
        admit: {
          workspaceDomains: ["Example.com"],
          emailDomains: ["corp.example"],
          emails: ["Eve@partner.example"],
        },
      }),
    );
  });

  it("writes the groups that a user's claims match, and what the claims were compared with", () => {
    const groups = [
      { name: "sre", claims: [{ path: ["realm_access", "roles"], values: ["sre", true] }] },
    ] as const;
    assertPinned(
      "claimsMapper-groups.jsonnet",
      claimsMapper({ admit: { emailDomains: ["corp.example"] }, groups }),
    );
  });

  it("checks the hosted domain, and Microsoft's tenant and domain owner", () => {
    const program = claimsMapper({
      admit: { emailDomains: ["corp.example"] },
      hostedDomain: "Corp.example",
      tenant: "8EAEF023-2b34-4da1-9baa-8bc8c9d6a490",
    });
    assertPinned("claimsMapper-strict.jsonnet", program);
  });

  it("compares the Workspace with each of several hosted domains", () => {
    const admit = { emails: ["eve@corp.example"] };
    assert.match(
      claimsMapper({ admit, hostedDomain: ["Corp.example", "corp.test"] }),
      /^local isOfWorkspace = std\.member\(\["corp\.example","corp\.test"\], workspaceDomain\);$/m,
    );
  });

  it("accepts an unverified address only where it is vouched for, and from Microsoft only of the tenant", () => {
    const admit = { emails: ["eve@corp.example"] };
    const isVerified = (input: Partial<ClaimsMapperInput>) =>
      /^local isVerified = ([^;]*);$/m.exec(claimsMapper({ admit, ...input }))?.[1];
    const vouchedFor = { unverifiedAddresses: "vouchedFor" } as const;
    assert.equal(isVerified(vouchedFor), "true");
    assert.equal(
      isVerified({ ...vouchedFor, tenant: "8eaef023-2b34-4da1-9baa-8bc8c9d6a490" }),
      'claims.iss == "https://login.microsoftonline.com/8eaef023-2b34-4da1-9baa-8bc8c9d6a490/v2.0"',
    );
    const told = "'email_verified' in claims && claims.email_verified == true";
    assert.equal(isVerified({ unverifiedAddresses: "refused" }), told);
    assert.equal(isVerified({}), told);
  });

  it("refuses everybody when the provider is closed, because its identities exist already", () => {
    const identities = [{ subject: "1", email: "alice@secret.example" }];
    assert.equal(claimsMapper({ admit: "closed", identities }), `error '${refusals.notAdmitted}'\n`);
  });

  it("keeps every entry of the lists inside its quotes", () => {
    const { rest } = taken(claimsMapper({ admit: {} }));
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: "binary" })),
        fc.array(fc.string()),
        fc.array(fc.constantFrom("'", '"', "\\", "\n", "', error", "${x}", "|||\n", "$1", "$&", "A@B.C")),
        (workspaceDomains, emailDomains, emails) => {
          const program = taken(claimsMapper({ admit: { workspaceDomains, emailDomains, emails } }));
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

  it("lower-cases only ASCII letters, so that no other letter becomes an admitted one", () => {
    assert.deepEqual(
      taken(claimsMapper({ admit: { emailDomains: ["\u212Aorp.example", "KORP.example"] } })).lists[1],
      ["\u212Aorp.example", "korp.example"],
    );
  });

  it("names no address or domain in the messages to refused visitors", () => {
    const program = claimsMapper({
      admit: { workspaceDomains: ["secret.example"], emails: ["boss@secret.example"] },
    });
    const errors = [...program.matchAll(/error '([^']*)'/g)].map(([, text]) => text);
    assert.deepEqual(errors, [refusals.noAddress, refusals.unverified, refusals.notAdmitted]);
    for (const text of Object.values(refusals)) assert.doesNotMatch(text, /secret|['\\]/);
  });
});
