import assert from "node:assert/strict";
import { signInLines } from "../../../cli/explain/signIn";

describe("whether a person could sign in", () => {
  it("is answered for each login provider, and stays open where the address does not decide it", () => {
    const admissions = {
      staff: { admit: { emailDomains: ["example.com"] } },
      google: { admit: { workspaceDomains: ["example.com"] } },
      hosted: { admit: { emails: ["alice@example.com"] }, hostedDomain: "example.com" },
      guests: { admit: { emails: ["guest@example.net"] } },
      closed: { admit: "closed", identities: [{ subject: "1", email: "Alice@example.com" }] },
    } as const;
    assert.deepEqual(signInLines(admissions, "alice@example.com"), [
      "staff: yes, admit.emailDomains names it",
      "google: if the account is of the Workspace example.com",
      "hosted: if the account is of the Workspace example.com",
      "guests: no, admit does not name it",
      "closed: yes, identities names the address",
    ]);
  });
});
