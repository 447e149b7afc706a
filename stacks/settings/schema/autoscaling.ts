import { z } from "zod";
import { defaultCpu } from "../../../components/shared/autoscaling";
import { count } from "./fields";

/** How far a gateway grows under load. */
export const autoscaling = z.strictObject({
  max: count.meta({ description: "The most pods of each part; the fewest are replicas." }),
  cpu: z
    .string()
    .meta({
      description: "CPU that the pods of a part use on average before it gets another one.",
      byDefault: defaultCpu,
    })
    .exactOptional(),
});
