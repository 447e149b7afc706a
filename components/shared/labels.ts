import type { Input } from "@pulumi/pulumi";

/** Labels of a Kubernetes object. */
export type Labels = Readonly<Record<string, string>>;

/** Annotations of a Kubernetes object, whose values may come from other resources. */
export type Annotations = Readonly<Record<string, Input<string>>>;

/** What a pod does in the gateway. */
export type Role =
  | "postgres"
  | "postgres-backup"
  | "postgres-restore"
  | "identity-server"
  | "identity-migration"
  | "identity-cleanup"
  | "identity-names"
  | "identity-leavers"
  | "courier"
  | "rules"
  | "service-account-keys"
  | "proxy"
  | "login-ui";

const partOf = { "app.kubernetes.io/part-of": "portcullis" } as const;

/** Selects every pod of a gateway. */
export const allPods: Labels = partOf;

/** Selects every pod that is not a gateway's. */
export const otherPods = {
  matchExpressions: Object.entries(partOf).map(([key, value]) => ({
    key,
    operator: "NotIn",
    values: [value],
  })),
};

/** Selects the pods of one role, whatever the component is called: there is one gateway per cluster. */
export function podLabels(role: Role): Labels {
  return { ...partOf, "app.kubernetes.io/component": role };
}

/** The recommended labels of one role's objects; a workload selects its pods by {@link podLabels}, which never changes. */
export function labelsOf(instance: string, role: Role): Labels {
  return ofInstance(instance, podLabels(role));
}

/** Labels of the objects of every protected service. */
export const protectedServiceLabels = {
  ...partOf,
  "app.kubernetes.io/component": "protected-service",
} as const;

/**
 * The recommended labels of one service's objects. Their instance is not the service's bare name: a tool that deploys
 * the service itself might take objects with that label for its own, and prune them.
 */
export function serviceLabels(name: string): Labels {
  return ofInstance(`portcullis-${name}`, protectedServiceLabels);
}

function ofInstance(instance: string, labels: Labels): Labels {
  return { ...labels, "app.kubernetes.io/instance": instance, "app.kubernetes.io/managed-by": "pulumi" };
}
