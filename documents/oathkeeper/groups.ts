import { claimedGroupProblems, type ClaimedGroup, type KnownAround } from "../kratos/claimedGroups";
import { authorizeUrl, claimedGroupUrl, parseAuthorizeUrl, type AuthorizeLists } from "../rules/authorize";
import type { GroupLists } from "../rules/groupLists";
import { queryEscape } from "../rules/requiredClaims";
import { routeForms } from "../rules/routeForms";
import { asciiLower, domainProblems, emailProblems } from "../shared/emails";
import { givenNamePattern, givenNameProblems } from "../shared/kubernetesNames";
import { nearest } from "../shared/nearest";
import { maxObjectText } from "../shared/objectSize";
import type { Partly } from "../shared/partly";
import { found, ofKnown, within, type Path, type Problem } from "../shared/problem";
import type { RuleSpec } from "./ruleSpec";
import { sentinelRule } from "./sentinel";

/** The same, with empty lists in place of missing ones. */
export type WholeLists = Omit<AuthorizeLists, "groups">;

/** Which members of a Google group count. */
export const googleMembers = ["all", "direct"] as const;
/** Which members of a Google group count: with those of nested groups, or without. */
export type GoogleMembers = (typeof googleMembers)[number];

/** A group as far as it is known. A list that is present but undefined will be known later. */
export type KnownGroup =
  | Partly<GroupLists>
  | { readonly googleGroup?: string | undefined; readonly members?: string | undefined }
  | Partly<ClaimedGroup>;

const hostEnd = ".groups.portcullis.invalid";

/** Matches the `match.url` of a group's Rule and captures the group's name. */
export const groupPattern = `^https://(${givenNamePattern})${hostEnd.replaceAll(".", "[.]")}/$`;

/**
 * The Rule that carries a group to every proxy. No request has its host, and the Rule would let nobody in. nginx takes the
 * lists from it for each Rule that names the group, and only if it is in the gateway's own namespace.
 *
 * @param who "claimed" if the claims of a login provider decide who is in the group
 */
export function groupRule(called: string, who: GroupLists | "claimed"): RuleSpec {
  return {
    match: { url: `https://${called}${hostEnd}/`, methods: ["GET"] },
    upstream: sentinelRule.upstream,
    authenticators: [{ handler: "unauthorized" }],
    authorizer: { handler: "remote_json", config: { remote: groupUrl(who) } },
    mutators: [{ handler: "header" }, { handler: "cookie" }],
  };
}

function groupUrl(who: GroupLists | "claimed"): string {
  if (who === "claimed") return claimedGroupUrl;
  const { emails = [], domains = [] } = who;
  return authorizeUrl({ emails: emails.map(asciiLower), domains: domains.map(asciiLower), groups: [] });
}

/** Who is in a group, according to its Rule. */
export interface GroupOfRule {
  readonly name: string;
  readonly lists: WholeLists;
  /** Whether the claims of a login provider decide who is in the group. */
  readonly isClaimed: boolean;
}

/** Reads what {@link groupRule} wrote; undefined for any other Rule. */
export function parseGroupRule(url: string, remote: unknown): GroupOfRule | undefined {
  const [, called] = new RegExp(groupPattern).exec(url) ?? [];
  if (called === undefined) return undefined;
  const lists = typeof remote === "string" ? parseAuthorizeUrl(remote)?.lists : undefined;
  return {
    name: called,
    lists: { emails: lists?.emails ?? [], domains: lists?.domains ?? [] },
    isClaimed: remote === claimedGroupUrl,
  };
}

/** As many as the numbers of all of them are a text that nginx reads. */
export const maxGroups = 200;

/**
 * Checks a gateway's groups.
 *
 * @param around what groups by claims depend on
 */
export function groupsProblems(
  path: Path,
  groups: Readonly<Record<string, KnownGroup | undefined>>,
  around: KnownAround,
): Problem[] {
  const names = Object.keys(groups);
  const tooMany: Problem = {
    path: path("").replace(/\.$/, ""),
    value: `${names.length} groups`,
    reason: `are more than ${maxGroups}`,
    fix: "Leave out those that no service names.",
  };
  return [
    ...(names.length > maxGroups ? [tooMany] : []),
    ...Object.entries(groups).flatMap(([called, group]) => [
      ...groupNameProblems(path(called), called),
      ...ofKnown(group, (known) => groupProblems(within(path, called), path(called), known, around)),
    ]),
  ];
}

/** Checks the name by which services refer to a group. */
export function groupNameProblems(path: string, called: string): Problem[] {
  return givenNameProblems(path, called, "is not a name of a group");
}

function groupProblems(path: Path, own: string, group: KnownGroup, around: KnownAround): readonly Problem[] {
  if ("googleGroup" in group) return googleProblems(path, group);
  if ("claims" in group) return claimedGroupProblems(path, group, around);
  return listsProblems(path, own, group as Partly<GroupLists>);
}

function googleProblems(
  path: Path,
  { googleGroup, members }: Extract<KnownGroup, { readonly googleGroup?: unknown }>,
): Problem[] {
  const isMode = members === undefined || googleMembers.some((mode) => mode === members);
  return [
    ...ofKnown(googleGroup, (address) => emailProblems(path("googleGroup"), address)),
    ...(isMode
      ? []
      : [
          {
            path: path("members"),
            value: found(members),
            reason: "does not say which members count",
            fix: `Write ${googleMembers.map(found).join(" or ")}.`,
          },
        ]),
  ];
}

/** Checks the lists of one group: they are not empty, and they fit into a Rule. */
function listsProblems(path: Path, own: string, lists: Partly<GroupLists>): Problem[] {
  const { emails, domains } = lists;
  const isEmpty = Object.values(lists).every((list) => list?.length === 0);
  const nobody: Problem = {
    path: own,
    value: found(lists),
    reason: "names nobody",
    fix: "Name at least one of emails or domains, or a googleGroup, or a provider and its claims.",
  };
  return [
    ...(isEmpty ? [nobody] : []),
    ...ofKnown(emails, (entries) =>
      entries.flatMap((entry, at) => listedEmailProblems(path(`emails[${at}]`), entry)),
    ),
    ...ofKnown(domains, (entries) =>
      entries.flatMap((entry, at) => domainProblems(path(`domains[${at}]`), entry)),
    ),
    ...groupSizeProblems(own, { emails: emails ?? [], domains: domains ?? [] }),
  ];
}

/** Checks that the lists fit into a Rule. */
export function groupSizeProblems(path: string, lists: GroupLists): Problem[] {
  const url = authorizeUrl({ emails: lists.emails ?? [], domains: lists.domains ?? [], groups: [] });
  if (url.length <= maxObjectText) return [];
  return [
    {
      path,
      value: `${(lists.emails?.length ?? 0) + (lists.domains?.length ?? 0)} entries`,
      reason: `are more than ${maxObjectText} characters, and a Rule carries them all`,
      fix: "Name domains, or make several groups of it: a service may name them all.",
    },
  ];
}

/** Checks that a gateway has the groups that a service names. */
export function unknownGroupProblems(
  path: string,
  named: readonly string[],
  known: readonly string[],
): Problem[] {
  return named.flatMap((called, at) => {
    if (known.includes(called) || groupNameProblems(path, called).length > 0) return [];
    const meant = nearest(called, known);
    const has =
      known.length === 0
        ? "Add it to groups of the gateway, which has none."
        : `Add it to groups of the gateway, or write one that it has: ${known.join(", ")}.`;
    return [
      {
        path: `${path}[${at}]`,
        value: found(called),
        reason: "is not a group of the gateway",
        fix: meant === undefined ? has : `Did you mean ${found(meant)}? ${has}`,
      },
    ];
  });
}

/** Checks an address in a list that a Rule carries. */
export function listedEmailProblems(path: string, entry: string): Problem[] {
  const ofForm = emailProblems(path, entry);
  if (ofForm.length > 0 || queryEscape(entry).length <= routeForms.maxEntry) return ofForm;
  const fix = 'Write for example "alice@example.com".';
  return [{ path, value: found(entry), reason: "is longer than any e-mail address", fix }];
}
