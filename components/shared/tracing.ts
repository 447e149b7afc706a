import {
  labelsProblems,
  namespaceProblems,
  portProblems,
  serviceNameProblems,
} from "../../documents/shared/kubernetesNames";
import { found, ofKnown, within, type Path, type Problem } from "../../documents/shared/problem";
import type { Tracing } from "../../documents/shared/tracing";
import { clusterHost } from "./addresses";
import type { PartEgress } from "./egress";
import type { Known } from "./known";
import type { Labels } from "./labels";
import { namespaceNamed } from "./networkPolicies";

/** Where the spans of the identity server and of decisions are sent. */
export interface TracingArgs {
  /** A collector in the cluster that takes OTLP over http, such as OpenTelemetry's: its Service, and the pods behind it. */
  readonly collector: {
    /** Namespace of the Service. */
    readonly namespace: string;
    /** Name of the Service. */
    readonly name: string;
    /**
     * Port of the Service.
     * @default 4318
     */
    readonly port?: number;
    /** Labels of the pods behind it, which a NetworkPolicy lets the gateway connect to. */
    readonly pods: Labels;
    /**
     * Port of the pods.
     * @default 4318
     */
    readonly targetPort?: number;
  };
  /**
   * Share of the requests without a `traceparent` that start a trace, from 0 to 1. A request with a `traceparent` is
   * traced as that says.
   * @default 1
   */
  readonly samplingRatio?: number;
}

/** The port at which collectors receive OTLP over http. */
export const otlpPort = 4318;

/** Checks where spans go. */
export function tracingProblems(path: Path, { collector, samplingRatio }: Known<TracingArgs>): Problem[] {
  const at = within(path, "collector");
  return [
    ...ofKnown(collector, ({ namespace, name, port, pods, targetPort }) => [
      ...ofKnown(namespace, (known) => namespaceProblems(at("namespace"), known)),
      ...ofKnown(name, (known) => serviceNameProblems(at("name"), known)),
      ...ofKnown(port, (known) => portProblems(at("port"), known)),
      ...ofKnown(pods, (known) => labelsProblems(at("pods"), known)),
      ...ofKnown(targetPort, (known) => portProblems(at("targetPort"), known)),
    ]),
    ...ofKnown(samplingRatio, (ratio) =>
      ratio >= 0 && ratio <= 1
        ? []
        : [
            {
              path: path("samplingRatio"),
              value: found(ratio),
              reason: "is not a share of all requests",
              fix: "Write a number from 0 to 1, for example 0.1 for a tenth.",
            },
          ],
    ),
  ];
}

/** The tracing settings of the servers' configurations. */
export function tracingOf({ collector, samplingRatio = 1 }: TracingArgs): Tracing {
  const { name, namespace, port = otlpPort } = collector;
  return { collector: `${clusterHost(name, namespace)}:${port}`, samplingRatio };
}

/** What a part that sends spans may connect to. */
export function tracedEgress(egress: PartEgress, tracing: TracingArgs | undefined): PartEgress {
  if (!tracing || egress === "off") return egress;
  const { namespace, pods, targetPort = otlpPort } = tracing.collector;
  const collector = {
    to: [
      {
        namespaceSelector: namespaceNamed(namespace),
        podSelector: { matchLabels: pods },
      },
    ],
    ports: [targetPort],
  } as const;
  return { ...egress, alsoTo: [...(egress.alsoTo ?? []), collector] };
}
