import { z } from "zod";
import { googleMembers, type GoogleMembers } from "../../../documents/oathkeeper/groups";
import { listedPeople } from "./fields";

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
      z.strictObject(listedPeople).meta({ typeName: "ListedGroup" }),
    ],
    { error: "Write {emails?, domains?} or {googleGroup, members?}." },
  ),
);
