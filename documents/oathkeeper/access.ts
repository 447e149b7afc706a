import { asciiLower, domainProblems as emailDomainProblems, emailProblems } from "../kratos/admit";
import type { Partly } from "../shared/partly";
import { found, type Problem } from "../shared/problem";

/** Who of those that may sign in may use a service: whoever any of the lists names by a verified address. */
export interface Access {
  /** Single addresses. */
  readonly emails?: readonly string[];
  /** Domains of addresses. Subdomains are not included. */
  readonly domains?: readonly string[];
}

/** The lists travel in the Rule. nginx finds a person by a hash, so that a request takes as long with one entry as with all. */
const mostEntries = 200;

/** Checks the lists: at least one entry, domains without `@`, addresses with exactly one. */
export function accessProblems(path: string, access: Partly<Access>): Problem[] {
  const { emails = [], domains = [] } = access;
  const problem = (reason: string, fix: string): Problem => ({ path, value: found(access), reason, fix });
  const entries = emails.length + domains.length;
  return [
    ...(entries === 0
      ? [problem("admits nobody", "Name at least one of emails or domains, or leave it out for everybody.")]
      : []),
    ...(entries > mostEntries
      ? [
          {
            ...problem(
              `has more than ${mostEntries} entries, and the Rule carries them all`,
              "Name domains, or split the service.",
            ),
            value: `${entries} entries`,
          },
        ]
      : []),
    ...emails.flatMap((entry, at) => emailProblems(`${path}.emails[${at}]`, entry)),
    ...domains.flatMap((entry, at) => emailDomainProblems(`${path}.domains[${at}]`, entry)),
  ];
}

/** The lists as they are compared: the claims mapper writes addresses in the same form. */
export function normalized({ emails = [], domains = [] }: Access): Required<Access> {
  return { emails: emails.map(asciiLower), domains: domains.map(asciiLower) };
}
