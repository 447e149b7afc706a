import { z } from "zod";
import { leaversDefaults } from "../../../documents/kratos/leavers";
import { count } from "./fields";

/** The check that keeps out who has left. */
export const leavers = z.union(
  [
    z.literal("off"),
    z
      .strictObject({
        schedule: z
          .string()
          .meta({ description: "When, in the form of cron and in UTC.", byDefault: leaversDefaults.schedule })
          .exactOptional(),
        atMost: count
          .meta({
            description:
              "How many people are deactivated at once; more at a time are a mistake in the lists, and nobody is.",
            byDefault: leaversDefaults.atMost,
          })
          .exactOptional(),
      })
      .meta({ typeName: "Leavers" }),
  ],
  { error: 'Write "off", or {schedule?, atMost?}.' },
);
