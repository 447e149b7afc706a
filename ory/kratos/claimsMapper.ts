import { found, type Problem } from "../problem";

/** Who may sign in through a provider: whoever any of the lists names. */
export interface Admit {
  /** Google Workspace domains, compared with the claim `hd`: an address alone does not prove membership. */
  readonly workspaceDomains?: readonly string[];
  /** Domains of verified e-mail addresses. Subdomains are not included. */
  readonly emailDomains?: readonly string[];
  /** Single verified e-mail addresses. */
  readonly emails?: readonly string[];
}

/** Checks the lists: at least one entry, domains without `@`, addresses with exactly one. */
export function admitProblems(path: string, admit: Admit): Problem[] {
  const { workspaceDomains = [], emailDomains = [], emails = [] } = admit;
  const nobody: Problem[] =
    workspaceDomains.length + emailDomains.length + emails.length > 0
      ? []
      : [
          {
            path,
            value: found(admit),
            reason: "admits nobody",
            fix: "Name at least one of workspaceDomains, emailDomains or emails.",
          },
        ];
  return [
    ...nobody,
    ...entryProblems(`${path}.workspaceDomains`, workspaceDomains, domainPattern, "a domain", "example.com"),
    ...entryProblems(`${path}.emailDomains`, emailDomains, domainPattern, "a domain", "example.com"),
    ...entryProblems(`${path}.emails`, emails, emailPattern, "an e-mail address", "alice@example.com"),
  ];
}

const domainPattern = /^[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+$/;
const emailPattern = /^[\x21-\x3f\x41-\x7e]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+$/;

function entryProblems(
  path: string,
  entries: readonly string[],
  pattern: RegExp,
  noun: string,
  example: string,
): Problem[] {
  return entries.flatMap((entry, index) =>
    pattern.test(entry)
      ? []
      : [
          {
            path: `${path}[${index}]`,
            value: found(entry),
            reason: `is not ${noun}`,
            fix: `Write for example "${example}".`,
          },
        ],
  );
}

/**
 * Builds the Jsonnet program that Kratos runs on a provider's claims at the first sign-in. It refuses whoever is not
 * admitted, and writes the verified address to `metadata_public`, where a visitor cannot write.
 *
 * Mount it as a file: the error page shows the text of a `base64://` mapper, lists included.
 * @see https://www.ory.com/docs/kratos/social-signin/data-mapping
 */
export function claimsMapper(admit: Admit): string {
  return `local claims = std.extVar('claims');
local admit = {
  workspaceDomains: ${list(admit.workspaceDomains)},
  emailDomains: ${list(admit.emailDomains)},
  emails: ${list(admit.emails)},
};

local email = if 'email' in claims then std.asciiLower(claims.email) else '';
local address = std.split(email, '@');
local isAddress = std.length(address) == 2 && address[0] != '' && address[1] != '';
local isVerified = 'email_verified' in claims && claims.email_verified == true;
local isAdmitted =
  std.member(admit.emails, email)
  || (isAddress && std.member(admit.emailDomains, address[1]))
  || ('hd' in claims && std.member(admit.workspaceDomains, std.asciiLower(claims.hd)));

if !isAddress then
  error '${refusals.noAddress}'
else if !isVerified then
  error '${refusals.unverified}'
else if !isAdmitted then
  error '${refusals.notAdmitted}'
else {
  identity: {
    traits: { email: email },
    metadata_public: { email: email },
    verified_addresses: [{ via: 'email', value: email }],
  },
}
`;
}

/** What a refused visitor reads. None names who would be admitted. */
export const refusals = {
  noAddress: "The provider did not tell an e-mail address for this account.",
  unverified: "The provider has not verified the e-mail address of this account.",
  notAdmitted: "This account may not sign in here. Ask an administrator for access.",
} as const;

/** A JSON array is a Jsonnet array, whatever the entries hold. */
function list(entries: readonly string[] = []): string {
  return JSON.stringify(entries.map(asciiLower));
}

/** The same folding as Jsonnet's std.asciiLower; toLowerCase would map other letters onto ASCII ones. */
function asciiLower(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
