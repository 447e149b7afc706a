import type { apps, autoscaling, policy } from "@pulumi/kubernetes/types/output";
import { found, type Problem } from "../../documents/shared/problem";
import { isA, namespaceOf, specOf, type KubernetesObject } from "../lib/objects";
import { podsOf } from "../lib/pods";
import { stackPolicy, type Made } from "../lib/policy";
import { selects } from "../lib/selectors";
import { matchesAny } from "../lib/text";
import { ifKnown } from "../lib/unknown";

interface Options {
  readonly stacks: readonly string[];
  readonly exempt: readonly string[];
}

export const availability = stackPolicy<Options>({
  name: "availability",
  description: "In production every Deployment has two replicas and a PodDisruptionBudget.",
  level: "mandatory",
  severity: "medium",
  why: "Otherwise an update of one node takes down the login, and with it every service.",
  remediationSteps:
    "Run two replicas or more, and add a PodDisruptionBudget that selects the pods; or list the Deployment in the option exempt.",
  url: "https://kubernetes.io/docs/concepts/workloads/pods/disruptions/",
  options: {
    stacks: {
      type: "array",
      items: { type: "string" },
      description: "Names of production stacks, `*` standing for anything.",
      default: ["prod*", "*-prod", "*-production"],
    },
    exempt: {
      type: "array",
      items: { type: "string" },
      description:
        "namespace/name of Deployments that may have one pod, `*` standing for anything. With the strategy Recreate all may: they must never run twice.",
      default: [],
    },
  },
  *check(object, made, { stacks, exempt }): Generator<Problem> {
    if (!isA(object, "apps", "Deployment") || !matchesAny(stackOf(object), stacks)) return;
    const { replicas, strategy } = specOf<apps.v1.DeploymentSpec>(object);
    if (strategy?.type === "Recreate") return;
    if (exempt.length > 0 && matchesAny(`${namespaceOf(object)}/${object.metadata.name ?? ""}`, exempt))
      return;
    const atLeast = autoscaledFrom(object, made) ?? replicas ?? 1;
    if (atLeast < 2)
      yield problem("spec.replicas", atLeast, "is not enough for production", "Write 2 or more.");
    // The other labels of a patched object's pods are unknown.
    if (!object.isPatch && !hasBudget(object, made))
      yield problem(
        "spec.template.metadata.labels",
        podsOf(object)?.labels,
        "are selected by no PodDisruptionBudget of this stack",
        "Add one with maxUnavailable: 1.",
      );
  },
});

/** @see https://www.pulumi.com/docs/iac/concepts/resources/names/#urns */
function stackOf({ urn }: KubernetesObject): string {
  return urn.split("::")[0]?.split(":").at(-1) ?? "";
}

/** The minimum number of replicas from an autoscaler; undefined if the workload has none. */
function autoscaledFrom(workload: KubernetesObject, made: Made): number | undefined {
  for (const object of made) {
    if (!isA(object, "autoscaling", "HorizontalPodAutoscaler")) continue;
    const least = ifKnown(() => {
      const { scaleTargetRef, minReplicas = 1 } = specOf<autoscaling.v2.HorizontalPodAutoscalerSpec>(object);
      const isOfIt =
        namespaceOf(object) === namespaceOf(workload) &&
        scaleTargetRef?.kind === workload.kind &&
        scaleTargetRef.name === workload.metadata.name;
      return isOfIt ? minReplicas : undefined;
    });
    if (least !== undefined) return least;
  }
  return undefined;
}

function hasBudget(workload: KubernetesObject, made: Made): boolean {
  const labels = podsOf(workload)?.labels ?? {};
  return made.some((object) =>
    ifKnown(() => {
      if (!isA(object, "policy", "PodDisruptionBudget")) return false;
      const { selector } = specOf<policy.v1.PodDisruptionBudgetSpec>(object);
      const isHere = namespaceOf(object) === namespaceOf(workload);
      return isHere && selector !== undefined && selects(selector, labels);
    }),
  );
}

function problem(path: string, value: unknown, reason: string, fix: string): Problem {
  return { path, value: found(value), reason, fix };
}
