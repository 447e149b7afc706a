import { output, type Input, type InvokeOptions, type Output } from "@pulumi/pulumi";
import type { GoogleMembers } from "../../documents/oathkeeper/groups";

/**
 * A Google group: everybody in it, and in nested groups. Its members are read at every `pulumi preview` and
 * `pulumi up`, so somebody who joins or leaves it between two runs does so here with the second: run it on a schedule.
 * A member counts by the primary address of the account. A group without members lets nobody in.
 *
 * Whoever runs Pulumi must have `@pulumi/gcp` installed, and be allowed to see the members of the group.
 * @see https://www.pulumi.com/registry/packages/gcp/api-docs/cloudidentity/getgrouptransitivememberships/
 */
export interface GoogleGroup {
  /** Email address of the group. */
  readonly googleGroup: Input<string>;
  /**
   * `direct` leaves out members of nested groups. Google lists those only for customers of Workspace Enterprise
   * Standard, Enterprise Plus, Enterprise for Education and Cloud Identity Premium.
   * @default "all"
   */
  readonly members?: GoogleMembers;
}

/** Who is in a Google group. */
export interface GroupMembers {
  /** Primary addresses of people. */
  readonly emails: readonly string[];
  /** Addresses of groups in it whose members are not among them. */
  readonly leftOut: readonly string[];
}

/**
 * Asks Google for the members of a group. Its SDK is large and optional: only the functions that this needs are loaded.
 *
 * @param unloaded what is thrown if the SDK cannot be loaded
 */
export function membersOf(
  { googleGroup, members = "all" }: GoogleGroup,
  opts: InvokeOptions,
  unloaded: (error: unknown) => Error,
): Output<GroupMembers> {
  const loaded = <Sdk>(sdk: Promise<Sdk>) =>
    output(
      sdk.catch((error: unknown) => {
        throw unloaded(error);
      }),
    );
  const group = loaded(import("@pulumi/gcp/cloudidentity/getGroupLookup.js")).apply(
    ({ getGroupLookupOutput }) => getGroupLookupOutput({ groupKey: { id: googleGroup } }, opts).name,
  );
  if (members === "all")
    return loaded(import("@pulumi/gcp/cloudidentity/getGroupTransitiveMemberships.js"))
      .apply((sdk) => sdk.getGroupTransitiveMembershipsOutput({ group }, opts))
      .apply(({ memberships }) => {
        // Nested groups are listed as members too, beside their own members.
        const people = memberships.filter(({ member }) => member.startsWith("users/"));
        return { emails: people.flatMap(addressesOf), leftOut: [] };
      });
  return loaded(import("@pulumi/gcp/cloudidentity/getGroupMemberships.js"))
    .apply((sdk) => sdk.getGroupMembershipsOutput({ group }, opts))
    .apply(({ memberships }) => {
      const ofType = (wanted: string) => memberships.filter(({ type }) => type === wanted);
      return {
        emails: ofType("USER").flatMap(addressesOf),
        leftOut: ofType("GROUP").flatMap(addressesOf),
      };
    });
}

/** A namespace is one of accounts that are not Google's. */
function addressesOf({
  preferredMemberKeys,
}: {
  readonly preferredMemberKeys: readonly { readonly id: string; readonly namespace?: string }[];
}): string[] {
  return preferredMemberKeys.filter(({ namespace }) => !namespace).map(({ id }) => id);
}
