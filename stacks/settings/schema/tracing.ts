import { z } from "zod";
import { otlpPort } from "../../../components/shared/tracing";
import { labels, port } from "./fields";

export const tracing = z.strictObject({
  collector: z
    .strictObject({
      namespace: z.string().meta({ description: "Namespace of the collector's Service." }),
      name: z.string().meta({ description: "Name of the collector's Service." }),
      port: port
        .meta({ description: "Port of the Service, for OTLP over http.", byDefault: otlpPort })
        .exactOptional(),
      pods: labels.meta({
        description:
          "Labels of the pods behind the Service, to which a NetworkPolicy lets the gateway connect.",
      }),
      targetPort: port.meta({ description: "Port of the pods.", byDefault: otlpPort }).exactOptional(),
    })
    .meta({ description: "A collector in the cluster that takes OTLP over plain http." }),
  samplingRatio: z
    .number()
    .meta({
      description: "Share of the requests without a traceparent that start a trace, from 0 to 1.",
      byDefault: 1,
    })
    .exactOptional(),
});
