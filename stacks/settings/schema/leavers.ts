import { z } from "zod";
import { leaversDefaults } from "../../../documents/kratos/leavers";
import { count } from "./fields";

/** The check that keeps out people who have left. */
export const leavers = z.union(
  [
    z.literal("off"),
    z
      .strictObject({
        schedule: z
          .string()
          .meta({ description: "Cron schedule, in UTC.", byDefault: leaversDefaults.schedule })
          .exactOptional(),
        atMost: count
          .meta({
            description:
              "How many people one check may deactivate. If there are more, the lists are taken to be wrong, and nobody is deactivated.",
            byDefault: leaversDefaults.atMost,
          })
          .exactOptional(),
      })
      .meta({ typeName: "Leavers" }),
  ],
  { error: 'Write "off", or {schedule?, atMost?}.' },
);
