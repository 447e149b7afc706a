import { z } from "zod";
import { googleMembers } from "../../../components/google/groupMembers";

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
          members: z
            .enum(googleMembers)
            .meta({
              description:
                "direct leaves out members of groups that are in it, which Google tells not every edition.",
              byDefault: "all",
              typeName: "GoogleMembers",
            })
            .exactOptional(),
        })
        .meta({ typeName: "GoogleGroup" }),
      z
        .strictObject({
          emails: z.array(z.string()).meta({ description: "Single verified addresses." }).exactOptional(),
          domains: z
            .array(z.string())
            .meta({ description: "Domains of verified addresses, without subdomains." })
            .exactOptional(),
        })
        .meta({ typeName: "ListedGroup" }),
    ],
    { error: "Write {emails?, domains?} or {googleGroup, members?}." },
  ),
);
