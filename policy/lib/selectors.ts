import type { core, meta } from "@pulumi/kubernetes/types/output";
import { isA, namespaceOf, specOf, type KubernetesObject, type Partially } from "./objects";
import { podsOf } from "./pods";
import { ifKnown } from "./unknown";

export type LabelSelector = Partially<meta.v1.LabelSelector>;
export type LabelMap = Readonly<Record<string, string | undefined>>;

/** @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors */
export function selects(
  { matchLabels = {}, matchExpressions = [] }: LabelSelector,
  labels: LabelMap,
): boolean {
  return (
    includes(labels, matchLabels) &&
    matchExpressions.every(({ key = "", operator, values = [] }) => {
      const value = labels[key];
      switch (operator) {
        case "In":
          return value !== undefined && values.includes(value);
        case "NotIn":
          return value === undefined || !values.includes(value);
        case "Exists":
          return value !== undefined;
        case "DoesNotExist":
          return value === undefined;
        case undefined:
        default:
          return false;
      }
    })
  );
}

export function includes(labels: LabelMap, wanted: LabelMap): boolean {
  return Object.entries(wanted).every(([key, value]) => labels[key] === value);
}

/**
 * Labels of the pods behind a Service: those of a workload of the stack, or as many as its selector tells; undefined for
 * a Service without a selector.
 */
export function labelsBehind(
  service: KubernetesObject,
  all: readonly KubernetesObject[],
): LabelMap | undefined {
  const { selector } = specOf<core.v1.ServiceSpec>(service);
  if (!selector || Object.keys(selector).length === 0) return undefined;
  const workload = all.find((object) =>
    ifKnown(() => {
      const labels = namespaceOf(object) === namespaceOf(service) ? podsOf(object)?.labels : undefined;
      return labels !== undefined && includes(labels, selector);
    }),
  );
  return (workload && podsOf(workload)?.labels) ?? selector;
}

export function isService(object: KubernetesObject): boolean {
  return isA(object, "", "Service");
}
