import { asciiLower, domainProblems as emailDomainProblems } from "../shared/emails";
import { routeForms } from "../rules/routeForms";
import { groupNameProblems, listedEmailProblems } from "./groups";
import type { Partly } from "../shared/partly";
import { found, type Problem } from "../shared/problem";

/** Which of the people who may sign in may use a service: everybody whom one of the lists names by a verified address. */
export interface Access {
  /** Individual addresses. */
  readonly emails?: readonly string[];
  /** Domains of addresses. Subdomains are not included. */
  readonly domains?: readonly string[];
  /**
   * Groups of the gateway, by their names: their members may use the service. The members may change without a change
   * of the service.
   */
  readonly groups?: readonly string[];
}

/** The lists are part of the Rule. nginx looks a person up by a hash, so one entry takes as long as many. */
const maxEntries = 200;

/** nginx compares the names of groups by claims as one text, each with a dot behind it. */
const maxGroupNames = routeForms.maxText - 2;

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
    ...(groups.join(".").length >= maxGroupNames
      ? [
          {
            ...problem(
              `has names of groups of more than ${maxGroupNames} characters in all, as many as nginx compares`,
              "Name fewer groups.",
            ),
            value: `${groups.length} groups`,
          },
        ]
      : []),
    ...emails.flatMap((entry, at) => listedEmailProblems(`${path}.emails[${at}]`, entry)),
    ...domains.flatMap((entry, at) => emailDomainProblems(`${path}.domains[${at}]`, entry)),
    ...groups.flatMap((entry, at) => groupNameProblems(`${path}.groups[${at}]`, entry)),
  ];
}

/** The lists in the form in which they are compared: the claims mapper writes addresses in the same form. */
export function comparedAccess({ emails = [], domains = [], groups = [] }: Access): Required<Access> {
  return { emails: emails.map(asciiLower), domains: domains.map(asciiLower), groups };
}
