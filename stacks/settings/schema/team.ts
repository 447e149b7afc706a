import { z } from "zod";
import { gatewayOutput } from "../../../components/gatewayRef";
import { serviceFiles, services } from "./service";

/** What a team's stack, whose services another stack's gateway protects, may set. */
export const servicesSchema = z.strictObject({
  kind: z
    .literal("services")
    .meta({ description: "Kind of the stack, which the project's Pulumi.yaml sets." }),
  gateway: z
    .strictObject({
      stack: z.string().meta({ description: "The gateway's stack, as organization/project/stack." }),
      output: z
        .string()
        .meta({ description: "Name of the output that holds the gateway." })
        .default(gatewayOutput),
    })
    .meta({
      description: "Where the gateway is.",
      example: { stack: "acme/portcullis/production" },
    }),
  namespace: z
    .string()
    .meta({
      description: "Namespace of the Rules and HTTPRoutes.",
      absent: "the gateway's namespace",
      example: "team-a",
    })
    .exactOptional(),
  services,
  serviceFiles,
});

/** What the stack of a team says, checked. */
export type ServicesSettings = Readonly<z.infer<typeof servicesSchema>>;
