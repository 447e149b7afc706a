import { asciiLower, domainProblems as emailDomainProblems } from "../shared/emails";
import { groupNameProblems, listedEmailProblems } from "./groups";
import type { Partly } from "../shared/partly";
import { found, type Problem } from "../shared/problem";

/** Who of those that may sign in may use a service: whoever any of the lists names by a verified address. */
export interface Access {
  /** Single addresses. */
  readonly emails?: readonly string[];
  /** Domains of addresses. Subdomains are not included. */
  readonly domains?: readonly string[];
  /**
   * Groups of the gateway, by their names: whoever is in one may use it. Who that is may change without a change of the service.
   */
  readonly groups?: readonly string[];
}

/** The lists travel in the Rule. nginx finds a person by a hash, so that a request takes as long with one entry as with all. */
const maxEntries = 200;

/** Checks the lists: at least one entry, domains without `@`, addresses with exactly one. */
export function accessProblems(path: string, access: Partly<Access>): Problem[] {
  const { emails = [], domains = [], groups = [] } = access;
  const problem = (reason: string, fix: string): Problem => ({ path, value: found(access), reason, fix });
  const entries = emails.length + domains.length + groups.length;
  return [
    ...(entries === 0
      ? [
          problem(
            "admits nobody",
            "Name at least one of emails, domains or groups, or leave it out for everybody.",
          ),
        ]
      : []),
    ...(entries > maxEntries
      ? [
          {
            ...problem(
              `has more than ${maxEntries} entries, and the Rule carries them all`,
              "Name domains, or a group of the gateway's.",
            ),
            value: `${entries} entries`,
          },
        ]
      : []),
    ...emails.flatMap((entry, at) => listedEmailProblems(`${path}.emails[${at}]`, entry)),
    ...domains.flatMap((entry, at) => emailDomainProblems(`${path}.domains[${at}]`, entry)),
    ...groups.flatMap((entry, at) => groupNameProblems(`${path}.groups[${at}]`, entry)),
  ];
}

/** The lists as they are compared: the claims mapper writes addresses in the same form. */
export function comparedAccess({ emails = [], domains = [], groups = [] }: Access): Required<Access> {
  return { emails: emails.map(asciiLower), domains: domains.map(asciiLower), groups };
}
