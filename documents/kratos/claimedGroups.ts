import type { RequiredClaim } from "../rules/requiredClaims";
import { anyClaimsProblems, requiredClaims, type Claims } from "../rules/claims";
import type { Partly } from "../shared/partly";
import { found, ofKnown, type Path, type Problem } from "../shared/problem";
import { shortHash } from "../shared/shortHash";
import type { SecondFactor } from "./secondFactor";
import type { ProviderKind } from "./providerKinds";

/**
 * A group of the people whose claims at a login provider match. Kratos reads claims only at a person's first sign-in.
 * So the check for leavers deletes the identity of everybody who came through that provider once it is as old as a
 * session, and when a group's claims change: the person signs in again, gets another id, and the claims are read. A
 * group that was removed at the provider is noticed after `session.lifespan` plus the time between two checks.
 */
export interface ClaimedGroup {
  /** Id of the login provider. */
  readonly provider: string;
  /**
   * Claims that the ID token, or the userinfo if that is the provider's `claimsSource`, must have, each compared
   * exactly: for example `{ groups: ["sre", "sre-oncall"] }` for everybody who is in one of the two.
   */
  readonly claims: Claims;
}

/** Groups by claims, by their names. */
export type ClaimedGroups = Readonly<Record<string, ClaimedGroup>>;

/** A group that depends on one provider's claims. */
export interface ProviderGroup {
  readonly name: string;
  readonly claims: readonly RequiredClaim[];
}

/** The groups of one provider. */
export function groupsOfProvider(groups: ClaimedGroups, provider: string): readonly ProviderGroup[] {
  return Object.entries(groups)
    .filter(([, group]) => group.provider === provider)
    .map(([name, { claims }]) => ({ name, claims: requiredClaims(claims) }));
}

/** Changes with the groups. Each identity stores the version that its claims were compared with. */
export function groupsVersion(groups: readonly ProviderGroup[]): string {
  return shortHash(JSON.stringify(groups));
}

/** A login provider, as far as groups depend on it. */
interface KnownProvider {
  readonly id?: string | undefined;
  readonly kind?: ProviderKind | undefined;
  readonly admit?: unknown;
}

/** What a gateway's groups by claims depend on. */
export interface KnownAround {
  readonly loginProviders?: readonly KnownProvider[] | undefined;
  readonly secondFactor?: SecondFactor | undefined;
  readonly leavers?: object | "off" | undefined;
}

/** Kinds for which Kratos passes on all of the provider's claims. */
const tellingKinds: readonly ProviderKind[] = ["generic", "google", "microsoft"];

/** Checks a group by claims: somebody can have the claims, the gateway's login provider sends them, and they are read again. */
export function claimedGroupProblems(
  path: Path,
  { provider, claims }: Partly<ClaimedGroup>,
  { leavers = "off", loginProviders, secondFactor = "off" }: KnownAround,
): Problem[] {
  return [
    ...ofKnown(claims, (known) => anyClaimsProblems(path("claims"), known as Claims)),
    ...ofKnown(provider, (id) =>
      ofKnown(loginProviders, (known) => providerProblems(path("provider"), id, known)),
    ),
    ...(leavers === "off"
      ? [
          {
            path: path("provider"),
            value: found(provider),
            reason:
              "gives claims only at a first sign-in, and leavers is off: nobody would ever leave the group",
            fix: "Write leavers: {}, whose check makes people sign in again once their claims are as old as a session.",
          },
        ]
      : []),
    ...(secondFactor === "off"
      ? []
      : [
          {
            path: path("provider"),
            value: found(provider),
            reason: `gives claims only at a first sign-in, and secondFactor is ${found(secondFactor)}: people would sign in again without it`,
            fix: 'Name the people in emails or by a googleGroup, or set secondFactor to "off" and let the provider ask for it.',
          },
        ]),
  ];
}

function providerProblems(path: string, id: string, providers: readonly KnownProvider[]): Problem[] {
  if (providers.some((one) => one.id === undefined)) return [];
  const provider = providers.find((one) => one.id === id);
  const problem = (reason: string, fix: string): Problem[] => [{ path, value: found(id), reason, fix }];
  if (!provider)
    return problem(
      "is not a login provider of the gateway",
      `Write the id of one: ${providers.flatMap((one) => one.id ?? []).join(", ")}.`,
    );
  if (provider.kind !== undefined && !tellingKinds.includes(provider.kind))
    return problem(
      `is of the kind ${provider.kind}, from which Kratos passes on no such claims`,
      `Name the people in emails or domains, or a provider of the kind ${tellingKinds.join(", ")}.`,
    );
  if (provider.admit === "closed")
    return problem(
      "is closed: its people exist before they sign in, so their claims are never read",
      "Name the people in emails.",
    );
  return [];
}

/**
 * The part of a claims mapper that says which groups a person is in, with a dot after each name. It reads `claims`.
 * @see https://www.ory.com/docs/kratos/social-signin/data-mapping
 */
export function groupsProgram(groups: readonly ProviderGroup[]): string {
  return `local groups = ${JSON.stringify(groups)};
local step(object, name) = if std.isObject(object) && std.objectHas(object, name) then object[name] else null;
local isMet(claim) =
  local told = std.foldl(step, claim.path, std.get(claims, 'raw_claims', {}));
  std.length([one for one in (if std.isArray(told) then told else [told]) if std.member(claim.values, one)]) > 0;
local isIn(group) = std.length([claim for claim in group.claims if !isMet(claim)]) == 0;
local groupNames = std.join('', [group.name + '.' for group in groups if isIn(group)]);
`;
}
