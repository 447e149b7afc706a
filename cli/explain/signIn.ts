import { hostedDomains, type Admission } from "../../documents/kratos/admit";
import { asciiLower } from "../../documents/shared/emails";
import type { Admissions } from "../sessions/person";

/** Whether a login provider lets an address in at a first sign-in, and what an address alone does not determine. */
export function signInLines(admissions: Admissions, email: string): string[] {
  return Object.entries(admissions).map(
    ([id, admission]) => `${id}: ${verdict(admission, asciiLower(email))}`,
  );
}

function verdict({ admit, identities, hostedDomain }: Admission, email: string): string {
  if (admit === "closed") {
    if (!identities) return "closed, only identities that were made by hand";
    const isNamed = identities.some((identity) => asciiLower(identity.email) === email);
    return isNamed ? "yes, identities names the address" : "no, identities does not name the address";
  }
  const { emails = [], emailDomains = [], workspaceDomains = [] } = admit;
  const domain = email.slice(email.lastIndexOf("@") + 1);
  const list = has(emails, email) ? "emails" : has(emailDomains, domain) ? "emailDomains" : undefined;
  if (list !== undefined)
    return hostedDomain === undefined
      ? `yes, admit.${list} names it`
      : `if the account is of the Workspace ${hostedDomains(hostedDomain).join(" or ")}`;
  if (workspaceDomains.length > 0)
    return `if the account is of the Workspace ${workspaceDomains.join(" or ")}`;
  return "no, admit does not name it";
}

function has(entries: readonly string[], text: string): boolean {
  return entries.map(asciiLower).includes(text);
}
