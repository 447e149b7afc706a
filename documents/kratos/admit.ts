import type { GroupLists } from "../rules/groupLists";
import { asciiLower, domainProblems, emailProblems } from "../shared/emails";
import type { Partly } from "../shared/partly";
import { found, ofKnown, type Path, type Problem } from "../shared/problem";

/** Who may sign in through a provider: everybody whom one of the lists names. */
export interface AdmitLists {
  /** Google Workspace domains, compared with the claim `hd`: an address alone does not prove membership. */
  readonly workspaceDomains?: readonly string[];
  /** Domains of verified email addresses. Subdomains are not included. */
  readonly emailDomains?: readonly string[];
  /** Individual verified email addresses. */
  readonly emails?: readonly string[];
}

/** Who may sign in through a provider. `closed`: only the identities that are named beforehand. */
export type Admit = AdmitLists | "closed";

/** The same lists, and groups of the gateway. */
export interface AdmitListsAndGroups extends AdmitLists {
  /** Names of groups of the gateway: their members at the last `pulumi up` may sign in. */
  readonly groups?: readonly string[];
}

/** Who may sign in through a provider, as you write it: with groups by their names. */
export type AdmitArgs = AdmitListsAndGroups | "closed";

/** A person who may sign in through a closed provider, and whose identity exists before the first sign-in. */
export interface NamedIdentity {
  /** The provider's own, unchanging id of the account: the claim `sub`. */
  readonly subject: string;
  /** Sent to upstreams as the user's address: whoever writes it here vouches for it. */
  readonly email: string;
}

/** Everything that decides who may sign in through one provider. */
export interface Admission<Who extends AdmitArgs = Admit> {
  /** Who may sign in. */
  readonly admit: Who;
  /**
   * Only with `closed`: identities that exist before the first sign-in.
   * @default identities are created by hand, at Kratos' admin API
   */
  readonly identities?: readonly NamedIdentity[];
  /** Google Workspace domain that every account must belong to, or several of them, whatever `admit` says. */
  readonly hostedDomain?: HostedDomain;
}

/** What a gateway outputs about a provider, for the commands. */
export interface ToldAdmission extends Admission {
  /** Issuer of its accounts: the claim `iss` of its ID tokens. */
  readonly issuer?: string;
}

/** One Google Workspace domain, or several. */
export type HostedDomain = string | readonly string[];

/** The domains of one or several. */
export function hostedDomains(domain: HostedDomain): readonly string[] {
  return typeof domain === "string" ? [domain] : domain;
}

/** An account as the claims mapper stored it in the identity. */
export interface Account {
  /** The part after the colon in the identifier of the identity's `oidc` credentials. */
  readonly subject: string;
  /** The verified address, `metadata_public.email`. */
  readonly email: string;
  /** The Workspace, `metadata_admin.workspaceDomain`; absent for a private account. */
  readonly workspaceDomain?: string;
}

/**
 * Whether a provider would let this account in today. The claims mapper decides in the same way at a first sign-in. For a
 * closed provider without a list, everybody with an account was let in by hand.
 */
export function isAdmitted({ admit, identities, hostedDomain }: Admission, account: Account): boolean {
  if (admit === "closed") return identities?.some(({ subject }) => subject === account.subject) ?? true;
  const { workspaceDomains = [], emailDomains = [], emails = [] } = admit;
  const email = asciiLower(account.email);
  const workspaceDomain = account.workspaceDomain && asciiLower(account.workspaceDomain);
  const [name, domain, ...more] = email.split("@");
  if (!name || !domain || more.length > 0) return false;
  const names = (entries: readonly string[], text: string | undefined) =>
    text !== undefined && entries.map(asciiLower).includes(text);
  if (hostedDomain !== undefined && !names(hostedDomains(hostedDomain), workspaceDomain)) return false;
  return names(emails, email) || names(emailDomains, domain) || names(workspaceDomains, workspaceDomain);
}

/** The members of groups, by the groups' names. */
export type Members = Readonly<Record<string, GroupLists>>;

/** The lists together with all members of the groups. */
export function withMembers(admit: AdmitArgs, members: Members): Admit {
  if (admit === "closed" || !admit.groups) return admit;
  const { groups, emailDomains = [], emails = [], ...lists } = admit;
  const whole = groups.map((group) => members[group] ?? {});
  return {
    ...lists,
    emailDomains: [...new Set([...emailDomains, ...whole.flatMap(({ domains = [] }) => domains)])],
    emails: [...new Set([...emails, ...whole.flatMap((group) => group.emails ?? [])])],
  };
}

/** Checks the lists: at least one entry, domains without `@`, addresses with exactly one. */
export function admitProblems(path: string, admit: Partly<AdmitArgs> | undefined): Problem[] {
  if (admit === "closed" || admit === undefined) return [];
  const { workspaceDomains = [], emailDomains = [], emails = [], groups = [] } = admit;
  const nobody: Problem[] =
    workspaceDomains.length + emailDomains.length + emails.length + groups.length > 0
      ? []
      : [
          {
            path,
            value: found(admit),
            reason: "admits nobody",
            fix: 'Name at least one of workspaceDomains, emailDomains, emails or groups, or write "closed".',
          },
        ];
  return [
    ...nobody,
    ...workspaceDomains.flatMap((entry, at) => domainProblems(`${path}.workspaceDomains[${at}]`, entry)),
    ...emailDomains.flatMap((entry, at) => domainProblems(`${path}.emailDomains[${at}]`, entry)),
    ...emails.flatMap((entry, at) => emailProblems(`${path}.emails[${at}]`, entry)),
  ];
}

/** Checks everything that decides who may sign in, and that its parts do not contradict each other. */
export function admissionProblems(
  path: Path,
  { admit, identities, hostedDomain }: Partly<Admission<AdmitArgs>>,
): Problem[] {
  const lists = admit === undefined || admit === "closed" ? {} : admit;
  const hosted = hostedDomain === undefined ? undefined : hostedDomains(hostedDomain).map(asciiLower);
  const foreign = (lists.workspaceDomains ?? []).flatMap((entry, at) =>
    hosted === undefined || hosted.includes(asciiLower(entry))
      ? []
      : [
          {
            path: path(`admit.workspaceDomains[${at}]`),
            value: found(entry),
            reason: "is not a hosted domain, so it admits nobody",
            fix: `Remove it: hostedDomain is ${found(hostedDomain)}.`,
          },
        ],
  );
  return [
    ...admitProblems(path("admit"), admit),
    ...(hostedDomain === undefined ? [] : hostedDomainProblems(path("hostedDomain"), hostedDomain)),
    ...foreign,
    ...identitiesProblems(path("identities"), admit, identities),
  ];
}

function hostedDomainProblems(path: string, domain: Partly<HostedDomain>): Problem[] {
  if (typeof domain === "string") return domainProblems(path, domain);
  if (domain.length > 0) return domain.flatMap((entry, at) => domainProblems(`${path}[${at}]`, entry));
  return [{ path, value: found(domain), reason: "admits nobody", fix: "Name at least one domain." }];
}

function identitiesProblems(
  path: string,
  admit: Partly<AdmitArgs> | undefined,
  identities: readonly Partly<NamedIdentity>[] = [],
): Problem[] {
  const open: Problem[] =
    admit === undefined || admit === "closed" || identities.length === 0
      ? []
      : [
          {
            path,
            value: `${identities.length} entries`,
            reason: "names identities of a provider that is not closed",
            fix: 'Set admit to "closed", or name their addresses in admit.emails.',
          },
        ];
  return [
    ...open,
    ...identities.flatMap(({ subject, email }, index) => [
      ...ofKnown(subject, (known) => subjectProblems(`${path}[${index}].subject`, known)),
      ...ofKnown(email, (known) => emailProblems(`${path}[${index}].email`, known)),
      ...usedProblems(`${path}[${index}]`, identities, index),
    ]),
  ];
}

function subjectProblems(path: string, subject: string): Problem[] {
  if (subject !== "" && !/[\s\p{Cc}]/u.test(subject) && subject.isWellFormed()) return [];
  return [
    {
      path,
      value: found(subject),
      reason: "is not a subject",
      fix: 'Write the claim "sub" of the account, as the provider\'s administration shows it.',
    },
  ];
}

function usedProblems(path: string, identities: readonly Partly<NamedIdentity>[], index: number): Problem[] {
  const isUsed = (key: (identity: Partly<NamedIdentity>) => string | undefined) => {
    const keys = identities.map(key);
    const own = keys[index];
    return own !== undefined && keys.indexOf(own) < index;
  };
  const used = [
    ...(isUsed(({ subject }) => subject) ? (["subject"] as const) : []),
    ...(isUsed(({ email }) => email && asciiLower(email)) ? (["email"] as const) : []),
  ];
  return used.map((property) => ({
    path: `${path}.${property}`,
    value: found(identities[index]?.[property]),
    reason: "is already that of an earlier identity",
    fix: "Name every person once.",
  }));
}
