import { z } from "zod";
import { googleMembers, type GoogleMembers } from "../../../documents/oathkeeper/groups";
import { claims } from "./claims";
import { insteadOf, listedPeople } from "./fields";

const groupForms = "{emails?, domains?}, {googleGroup, members?} or {provider, claims}";

/** People to whom services refer by one name. */
export const groups = z.record(
  z.string(),
  z.union(
    [
      z
        .strictObject({
          googleGroup: z.string().meta({
            description:
              "Address of a Google group, whose members are read at every `pulumi preview` and `pulumi up`.",
          }),
          // Its values are checked where a program's are: in a union, a wrong word would be reported as an unknown setting.
          members: z
            .string()
            .meta({
              enum: [...googleMembers],
              description:
                "direct leaves out members of nested groups, which Google does not list in every edition.",
              byDefault: "all",
              typeName: "GoogleMembers",
            })
            .transform((text) => text as GoogleMembers)
            .exactOptional(),
        })
        .meta({ typeName: "GoogleGroup" }),
      z
        .strictObject({
          provider: z.string().meta({ description: "Id of the login provider that sends the claims." }),
          claims: claims.meta({
            description:
              "Claims that the provider's ID token or userinfo must have, each compared exactly. They are read again once they are as old as a session.",
          }),
        })
        .meta({ typeName: "ClaimedGroup" }),
      z.strictObject(listedPeople).meta({ typeName: "ListedGroup" }),
    ],
    { error: `Write ${groupForms}.` },
  ),
  insteadOf(`Write groups by name, each ${groupForms}.`),
);
