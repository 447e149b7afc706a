import { log, output, type CustomResourceOptions, type Input, type Output } from "@pulumi/pulumi";
import type { ComponentResource } from "@pulumi/pulumi/resource";
import type { ClaimedGroup, ClaimedGroups } from "../../documents/kratos/claimedGroups";
import { groupRule, groupSizeProblems } from "../../documents/oathkeeper/groups";
import type { GroupLists } from "../../documents/rules/groupLists";
import { argument } from "../../documents/shared/problem";
import { membersOf, type GoogleGroup } from "../google/groupMembers";
import { refuse } from "../shared/errors";
import { loadError } from "../shared/googleSdk";
import { labelsOf } from "../shared/labels";
import { createRule } from "../shared/rule";

/** A group whose members are listed, or come from another resource of the program. It is as fresh as the last `pulumi up`. */
export interface ListedGroup {
  /**
   * Individual verified email addresses.
   * @default none
   */
  readonly emails?: Input<readonly string[]>;
  /**
   * Domains of verified email addresses. Subdomains are not included.
   * @default none
   */
  readonly domains?: Input<readonly string[]>;
}

/** A group of people that services name. */
export type GroupArgs = ListedGroup | GoogleGroup | ClaimedGroup;

/** Who is in each group. */
export type ListsOfGroups = Readonly<Record<string, Output<GroupLists>>>;

/** Reads who is in each group, except groups by claims. */
export function listsOfGroups(
  gateway: string,
  groups: Readonly<Record<string, GroupArgs>>,
  parent: ComponentResource,
): ListsOfGroups {
  return Object.fromEntries(
    Object.entries(groups).flatMap(([group, args]) => {
      if ("claims" in args) return [];
      const lists = "googleGroup" in args ? listsOfGoogle(gateway, group, args, parent) : listsOf(args);
      return [[group, lists]];
    }),
  );
}

/** The groups whose members the claims of login providers determine. */
export function claimedGroupsOf(groups: Readonly<Record<string, GroupArgs>>): ClaimedGroups {
  return Object.fromEntries(
    Object.entries(groups).flatMap(([group, args]) => ("claims" in args ? [[group, args]] : [])),
  );
}

/** Creates a Rule for each group, which reaches every proxy as any Rule does. */
export function createGroups(
  gateway: string,
  groups: ListsOfGroups,
  claimed: ClaimedGroups,
  namespace: Input<string>,
  opts: CustomResourceOptions,
): void {
  const specs = [
    ...Object.entries(groups).map(
      ([group, lists]) => [group, lists.apply((known) => groupRule(group, known))] as const,
    ),
    ...Object.keys(claimed).map((group) => [group, groupRule(group, "claimed")] as const),
  ];
  for (const [group, spec] of specs) {
    const name = `${gateway}-group-${group}`;
    createRule(
      name,
      {
        name,
        namespace,
        labels: labelsOf(gateway, "rules"),
        spec,
      },
      opts,
    );
  }
}

function listsOf({ emails, domains }: ListedGroup): Output<GroupLists> {
  return output({ emails, domains });
}

function listsOfGoogle(
  gateway: string,
  group: string,
  args: GoogleGroup,
  parent: ComponentResource,
): Output<GroupLists> {
  const path = argument(`groups.${group}`);
  const subject = `AccessGateway "${gateway}"`;
  const unloaded = (error: unknown) =>
    loadError(error, { component: parent, subject, path, value: "a Google group" });
  return membersOf(args, { parent }, unloaded).apply(({ emails, leftOut }) => {
    refuse(parent, subject, groupSizeProblems(path, { emails }));
    const warn = (words: string) => void log.warn(`${path} ${words}`, parent);
    if (emails.length === 0) warn("has no members: it lets nobody in.");
    if (leftOut.length > 0)
      warn(`does not include the members of ${leftOut.join(", ")}, which are groups in it.`);
    return { emails };
  });
}
