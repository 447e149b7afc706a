import type { meta } from "@pulumi/kubernetes/types/output";
import type { Partially } from "./objects";

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
