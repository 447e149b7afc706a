import { z } from "zod";
import { gatewayDefaults } from "../../../components/accessGateway/defaults";
import { labels, texts } from "./fields";

export const namespace = z.union(
  [
    z.string(),
    z
      .strictObject({
        name: z
          .string()
          .meta({ description: "Name of the namespace.", byDefault: gatewayDefaults.namespace })
          .exactOptional(),
        create: z
          .boolean()
          .meta({
            description:
              "Whether the stack creates the namespace; false if it already exists. If the stack has created it, false deletes it, and the database in it.",
            byDefault: true,
          })
          .exactOptional(),
        labels: labels
          .meta({ description: "Further labels of the namespace that the stack creates.", absent: "none" })
          .exactOptional(),
        annotations: texts
          .meta({ description: "Annotations of the namespace that the stack creates.", absent: "none" })
          .exactOptional(),
      })
      .meta({ typeName: "GatewayNamespace" }),
  ],
  { error: "Write a name, or {name?, create?, labels?, annotations?}." },
);
