import { z } from "zod";
import { defaultCpu } from "../../../components/shared/autoscaling";
import { count } from "./fields";

/** How far a gateway grows under load. */
export const autoscaling = z.strictObject({
  max: count.meta({ description: "Maximum number of pods of each part; the minimum is replicas." }),
  cpu: z
    .string()
    .meta({
      description: "Average CPU use of a part's pods above which it gets another pod.",
      byDefault: defaultCpu,
    })
    .exactOptional(),
});
