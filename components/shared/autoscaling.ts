import type { Deployment } from "@pulumi/kubernetes/apps/v1";
import { HorizontalPodAutoscaler } from "@pulumi/kubernetes/autoscaling/v2";
import type { CustomResourceOptions, Input } from "@pulumi/pulumi";
import { found, ofKnown, type Path, type Problem } from "../../documents/shared/problem";
import type { Known } from "./known";
import type { Labels } from "./labels";

/** How many pods of the proxy and of the identity server there may be under load; the fewest are `replicas`. */
export interface AutoscalingArgs {
  /** The most pods of each. */
  readonly max: number;
  /**
   * CPU that the pods of a part use on average before it gets another one, as Kubernetes writes it.
   * @default "500m"
   * @see https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/
   */
  readonly cpu?: string;
}

/** What an autoscaler uses where nobody says. */
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
              reason: `is not more than the ${replicas} that there are at least`,
              fix: `Write a whole number above ${replicas}, or leave autoscaling out.`,
            },
          ],
    ),
    ...ofKnown(cpu, (text) =>
      /^(?:[1-9][0-9]*m?|[0-9]+\.[0-9]{1,3})$/.test(text)
        ? []
        : [
            {
              path: path("cpu"),
              value: found(text),
              reason: "is no amount of CPU",
              fix: 'Write for example "500m" for half a core.',
            },
          ],
    ),
  ];
}

/** A Deployment's option where an autoscaler writes its number of pods. */
export function scaledElsewhere(
  autoscaling: AutoscalingArgs | undefined,
): Pick<CustomResourceOptions, "ignoreChanges"> {
  return autoscaling ? { ignoreChanges: ["spec.replicas"] } : {};
}

/** Adds pods to a Deployment, and takes them away again, by the CPU that they use. */
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
