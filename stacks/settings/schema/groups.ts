import { z } from "zod";
import { googleMembers, type GoogleMembers } from "../../../documents/oathkeeper/groups";
import { claims } from "./claims";
import { insteadOf, listedPeople } from "./fields";

const groupForms = "{emails?, domains?}, {googleGroup, members?} or {provider, claims}";

/** People whom services call by one name. */
export const groups = z.record(
  z.string(),
  z.union(
    [
      z
        .strictObject({
          googleGroup: z.string().meta({
            description: "Address of a Google group, whose members are read at every preview and up.",
          }),
          // Its values are checked where a program's are: of a union a wrong word would read as a setting that is none.
          members: z
            .string()
            .meta({
              enum: [...googleMembers],
              description:
                "direct leaves out members of groups that are in it, whom Google does not tell to every edition.",
              byDefault: "all",
              typeName: "GoogleMembers",
            })
            .transform((text) => text as GoogleMembers)
            .exactOptional(),
        })
        .meta({ typeName: "GoogleGroup" }),
      z
        .strictObject({
          provider: z.string().meta({ description: "Id of the login provider that tells the claims." }),
          claims: claims.meta({
            description:
              "What the provider's ID token or userinfo must say, each to the letter. They are read again once they are as old as a session.",
          }),
        })
        .meta({ typeName: "ClaimedGroup" }),
      z.strictObject(listedPeople).meta({ typeName: "ListedGroup" }),
    ],
    { error: `Write ${groupForms}.` },
  ),
  insteadOf(`Write groups by name, each ${groupForms}.`),
);
