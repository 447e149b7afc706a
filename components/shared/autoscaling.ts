import type { Deployment } from "@pulumi/kubernetes/apps/v1";
import { HorizontalPodAutoscaler } from "@pulumi/kubernetes/autoscaling/v2";
import type { CustomResourceOptions, Input } from "@pulumi/pulumi";
import { found, ofKnown, type Path, type Problem } from "../../documents/shared/problem";
import type { Known } from "./known";
import type { Labels } from "./labels";

/** How many pods the proxy and the identity server may have under load; the minimum is `replicas`. */
export interface AutoscalingArgs {
  /** Maximum number of pods of each. */
  readonly max: number;
  /**
   * Average CPU use of a part's pods above which it gets another pod, as Kubernetes writes it.
   * @default "500m"
   * @see https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/
   */
  readonly cpu?: string;
}

/** What an autoscaler uses by default. */
export const defaultCpu = "500m";

/** Checks how far a part may grow. */
export function autoscalingProblems(
  path: Path,
  { cpu, max }: Known<AutoscalingArgs>,
  replicas: number,
): Problem[] {
  return [
    ...ofKnown(max, (most) =>
      Number.isSafeInteger(most) && most > replicas
        ? []
        : [
            {
              path: path("max"),
              value: found(most),
              reason: `is not above ${replicas}, the minimum`,
              fix: `Write a whole number above ${replicas}, or leave autoscaling out.`,
            },
          ],
    ),
    ...ofKnown(cpu, (text) =>
      /^(?=.*[1-9])(?:[1-9][0-9]*m?|[0-9]+\.[0-9]{1,3})$/.test(text)
        ? []
        : [
            {
              path: path("cpu"),
              value: found(text),
              reason: "is not an amount of CPU",
              fix: 'Write for example "500m" for half a core.',
            },
          ],
    ),
  ];
}

/** The option of a Deployment whose number of pods an autoscaler sets. */
export function scaledElsewhere(
  autoscaling: AutoscalingArgs | undefined,
): Pick<CustomResourceOptions, "ignoreChanges"> {
  return autoscaling ? { ignoreChanges: ["spec.replicas"] } : {};
}

/** Adds pods to a Deployment, and removes them again, by the CPU that they use. */
export function createAutoscaler(
  name: string,
  deployment: Deployment,
  args: {
    readonly namespace: Input<string>;
    readonly labels: Labels;
    readonly replicas: number;
    readonly autoscaling: AutoscalingArgs;
  },
  opts: CustomResourceOptions,
): HorizontalPodAutoscaler {
  const { namespace, labels, replicas, autoscaling } = args;
  const { cpu = defaultCpu, max } = autoscaling;
  return new HorizontalPodAutoscaler(
    name,
    {
      metadata: { namespace, labels },
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: deployment.metadata.name },
        minReplicas: replicas,
        maxReplicas: max,
        metrics: [
          {
            type: "Resource",
            resource: { name: "cpu", target: { type: "AverageValue", averageValue: cpu } },
          },
        ],
      },
    },
    opts,
  );
}
