import type { core } from "@pulumi/kubernetes/types/output";
import { isA, specOf, type KubernetesObject, type Metadata, type Partially, type PodSpec } from "./objects";

export type Container = Partially<core.v1.Container>;

type Texts = Readonly<Record<string, string | undefined>>;

/** The pods that an object creates. */
export interface Pods {
  /** Property of the pod's spec, for example `spec.template.spec`. */
  readonly path: string;
  readonly spec: PodSpec;
  readonly labels: Texts;
  readonly annotations: Texts;
  /** Whether they terminate by themselves. */
  readonly isJob: boolean;
}

/** A container and its property path. */
export interface PlacedContainer {
  readonly path: string;
  readonly container: Container;
  /** Whether it ends before the pod's other containers start. */
  readonly isInitial: boolean;
}

interface Template {
  readonly metadata?: Metadata;
  readonly spec?: PodSpec;
}

/** The pods of a workload; undefined for an object that creates none. */
export function podsOf(object: KubernetesObject): Pods | undefined {
  if (isA(object, "", "Pod"))
    return pods("spec", { metadata: object.metadata, spec: specOf<core.v1.PodSpec>(object) }, false);
  const isJob = isA(object, "batch", "Job");
  if (
    isJob ||
    isA(object, "apps", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet") ||
    isA(object, "", "ReplicationController")
  )
    return pods("spec.template.spec", specOf<{ template: Template }>(object).template, isJob);
  if (isA(object, "batch", "CronJob"))
    return pods(
      "spec.jobTemplate.spec.template.spec",
      specOf<{ jobTemplate: { spec: { template: Template } } }>(object).jobTemplate?.spec?.template,
      true,
    );
  return undefined;
}

function pods(path: string, template: Partially<Template> | undefined, isJob: boolean): Pods {
  return {
    path,
    get spec() {
      return template?.spec ?? {};
    },
    get labels() {
      return (template?.metadata?.labels ?? {}) as Texts;
    },
    get annotations() {
      return (template?.metadata?.annotations ?? {}) as Texts;
    },
    isJob,
  };
}

/** Every container of some pods. */
export function containersOf({ path, spec }: Pods): PlacedContainer[] {
  return [
    ...(spec.initContainers ?? []).map((container, at) => ({
      path: `${path}.initContainers[${at}]`,
      container,
      isInitial: container.restartPolicy !== "Always",
    })),
    ...(spec.containers ?? []).map((container, at) => ({
      path: `${path}.containers[${at}]`,
      container,
      isInitial: false,
    })),
  ];
}
