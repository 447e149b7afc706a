import type { Partly } from "../shared/partly";
import type { Problem } from "../shared/problem";
import { hostedDomains, type Admission, type AdmitArgs } from "./admit";
import { asciiLower } from "../shared/emails";
import { groupsProgram, groupsVersion, type ProviderGroup } from "./claimedGroups";
import { goJsonBytes } from "../shared/json";

/** What the mapper of one provider is built from. */
export interface ClaimsMapperInput extends Admission {
  /**
   * The one Microsoft Entra tenant whose accounts count. Absent: the provider is not Microsoft.
   * @see {@link provenBy}
   */
  readonly tenant?: string;
  /**
   * Whether to accept an address that the provider does not mark as verified. `vouchedFor` says that no account there can
   * have somebody else's address: such an account is let in as that person.
   * @default "refused"
   */
  readonly unverifiedAddresses?: UnverifiedAddresses;
  /**
   * Groups of the gateway that depend on the provider's claims.
   * @default none
   */
  readonly groups?: readonly ProviderGroup[];
}

/** What happens to an address that a provider does not mark as verified. */
export const unverifiedAddressesModes = ["refused", "vouchedFor"] as const;
/** One of {@link unverifiedAddressesModes}. */
export type UnverifiedAddresses = (typeof unverifiedAddressesModes)[number];

/**
 * Builds the Jsonnet program that Kratos runs on a provider's claims at the first sign-in. It refuses accounts that are not
 * admitted. It writes what was proven to metadata, where a visitor cannot write: the address and the groups to
 * `metadata_public`, the Workspace to `metadata_admin`, with the version of the groups.
 *
 * Mount it as a file: the error page shows the text of a `base64://` mapper, including the lists.
 * @see https://www.ory.com/docs/kratos/social-signin/data-mapping
 */
export function claimsMapper(input: ClaimsMapperInput): string {
  const { admit, groups = [], hostedDomain } = input;
  if (admit === "closed") return `error '${refusals.notAdmitted}'\n`;
  return `local claims = std.extVar('claims');
local admit = {
  workspaceDomains: ${list(admit.workspaceDomains)},
  emailDomains: ${list(admit.emailDomains)},
  emails: ${list(admit.emails)},
};

local email = if 'email' in claims then std.asciiLower(claims.email) else '';
local address = std.split(email, '@');
local isAddress = std.length(address) == 2 && address[0] != '' && address[1] != '';
local isVerified = ${provenBy(input)};
local workspaceDomain = if 'hd' in claims then std.asciiLower(claims.hd) else null;
local isOfWorkspace = ${hostedDomain === undefined ? "true" : `std.member(${list(hostedDomains(hostedDomain))}, workspaceDomain)`};
local isNamed =
  std.member(admit.emails, email)
  || (isAddress && std.member(admit.emailDomains, address[1]))
  || std.member(admit.workspaceDomains, workspaceDomain);
${groups.length === 0 ? "" : groupsProgram(groups)}
if !isAddress then
  error '${refusals.noAddress}'
else if !isVerified then
  error '${refusals.unverified}'
else if !isOfWorkspace || !isNamed then
  error '${refusals.notAdmitted}'
else {
  identity: {
    traits: { email: email },
${metadata(groups)}    verified_addresses: [{ via: 'email', value: email }],
  },
}
`;
}

function metadata(groups: readonly ProviderGroup[]): string {
  if (groups.length === 0)
    return `    metadata_public: { email: email },
    [if workspaceDomain != null then 'metadata_admin']: { workspaceDomain: workspaceDomain },
`;
  return `    metadata_public: { email: email, groups: groupNames },
    metadata_admin: {
      groupsVersion: '${groupsVersion(groups)}',
      [if workspaceDomain != null then 'workspaceDomain']: workspaceDomain,
    },
`;
}

/**
 * Kratos passes a program and the claims to a separate process as one JSON document, of which that process reads 64 KiB. A
 * quarter is left for the claims, as a token may name many groups.
 * @see https://github.com/ory/kratos/pull/4601
 */
const maxProgramBytes = 48 * 1024;

/** Checks that Kratos can run the program with these lists; otherwise nobody could sign in for the first time. */
export function mapperSizeProblems(
  path: string,
  admit: Partly<AdmitArgs> | undefined,
  groups: readonly ProviderGroup[] = [],
): Problem[] {
  if (admit === undefined || admit === "closed") return [];
  const { workspaceDomains = [], emailDomains = [], emails = [] } = admit;
  const program = claimsMapper({ admit: { workspaceDomains, emailDomains, emails }, groups });
  if (goJsonBytes(program) <= maxProgramBytes) return [];
  return [
    {
      path,
      value: `${workspaceDomains.length + emailDomains.length + emails.length} entries${groups.length === 0 ? "" : `, with ${groups.length} groups by claims`}`,
      reason: `make a program of more than ${maxProgramBytes} bytes, which Kratos does not run: nobody could sign in for the first time`,
      fix: "Name domains, or let the login provider decide who may sign in, for example by who is assigned to the client.",
    },
  ];
}

/** What a refused visitor reads. No text reveals who would be admitted. */
export const refusals = {
  noAddress: "The login provider sent no e-mail address for this account.",
  unverified: "The login provider has not verified the e-mail address of this account.",
  notAdmitted: "This account may not sign in here. Ask an administrator for access.",
} as const;

/** The issuer in the tokens of a Microsoft Entra tenant. */
export function entraIssuer(tenant: string): string {
  return `https://login.microsoftonline.com/${tenant}/v2.0`;
}

/**
 * Microsoft sends no `email_verified`. `xms_edov` says that the account's tenant has proven to own the domain of the
 * address. Kratos takes the issuer from the token itself, so the tenant must be compared.
 * @see https://learn.microsoft.com/en-us/entra/identity-platform/optional-claims-reference
 */
function provenBy({ tenant, unverifiedAddresses }: ClaimsMapperInput): string {
  const isVouchedFor = unverifiedAddresses === "vouchedFor";
  if (tenant === undefined)
    return isVouchedFor ? "true" : "'email_verified' in claims && claims.email_verified == true";
  const issuer = text(entraIssuer(tenant));
  if (isVouchedFor) return `claims.iss == ${issuer}`;
  return `claims.iss == ${issuer}
  && std.member([true, 1, '1', 'true'], std.get(std.get(claims, 'raw_claims', {}), 'xms_edov', false))`;
}

/** A JSON array is a Jsonnet array, whatever its entries contain. */
function list(entries: readonly string[] = []): string {
  return JSON.stringify(entries.map(asciiLower));
}

function text(value: string): string {
  return JSON.stringify(asciiLower(value));
}
