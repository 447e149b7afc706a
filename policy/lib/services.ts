import type { core } from "@pulumi/kubernetes/types/output";
import { isA, isNamed, namespaceOf, specOf, type KubernetesObject } from "./objects";
import { containersOf, podsOf, type Pods } from "./pods";
import { perStack, type Made } from "./policy";
import { includes, type LabelMap } from "./selectors";
import { ifKnown, knownOf } from "./unknown";

export type ServiceSpec = core.v1.ServiceSpec;

export function isService(object: KubernetesObject): boolean {
  return isA(object, "", "Service");
}

const servicesOf = perStack((made) => made.filter(isService));
const workloadsOf = perStack(
  (made) =>
    knownOf(made, (object) => {
      const pods = podsOf(object);
      return pods && { pods, namespace: namespaceOf(object), labels: { ...pods.labels } };
    }).values,
);

export function serviceNamed(made: Made, namespace: string, name: string): KubernetesObject | undefined {
  return servicesOf(made).find((service) => ifKnown(() => isNamed(service, namespace, name)));
}

/** Labels by which a Service selects pods; undefined if it selects none by itself. */
export function selectorOf(service: KubernetesObject): LabelMap | undefined {
  const { selector, type } = specOf<ServiceSpec>(service);
  const isEmpty = !selector || Object.keys(selector).length === 0;
  return type === "ExternalName" || isEmpty ? undefined : { ...selector };
}

/** The stack's own pods behind a Service. */
export function podsBehind(service: KubernetesObject, made: Made): Pods[] {
  const selector = selectorOf(service);
  if (!selector) return [];
  const namespace = namespaceOf(service);
  return workloadsOf(made).flatMap((workload) =>
    workload.namespace === namespace && includes(workload.labels, selector) ? [workload.pods] : [],
  );
}

export interface ServicePort {
  readonly name?: string | undefined;
  readonly port?: number | undefined;
  readonly targetPort?: number | string | undefined;
}

/**
 * The pods' port numbers behind a port of a Service: several if it has a name that means another number in another
 * workload. A name is looked up in the stack's pods. If the pods are not the stack's, the Service's own number is used.
 */
export function podPorts(
  service: KubernetesObject,
  { port, targetPort = port }: ServicePort,
  made: Made,
): readonly number[] {
  if (targetPort === undefined) return [];
  if (/^\d+$/.test(String(targetPort))) return [Number(targetPort)];
  const ports = podsBehind(service, made).flatMap((pods) =>
    containersOf(pods).flatMap(({ container }) => container.ports ?? []),
  );
  const numbers = ports.flatMap(({ name, containerPort = port }) =>
    name === targetPort ? [containerPort] : [],
  );
  return (numbers.length > 0 ? numbers : [port]).filter((number) => number !== undefined);
}
