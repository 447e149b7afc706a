import { at, countAt, listAt, propertiesAt, textAt, type Properties } from "../../protocol/values";
import type { ApiClient } from "../client";
import { groupOf, keyOf } from "../objects";
import { conditionOf, explain, failed, hasCondition, ready, waiting, type Check, type State } from "./state";

interface Readiness {
  readonly check: Check;
  readonly timeoutSeconds: number;
}

const SHORT = 300;
const LONG = 600;

/** When an object works, by `<group>/<kind>`; those of other kinds work at once. */
const kinds: Readonly<Record<string, Readiness>> = {
  "/Namespace": { check: namespace, timeoutSeconds: SHORT },
  "/PersistentVolumeClaim": { check: persistentVolumeClaim, timeoutSeconds: SHORT },
  "/Pod": { check: pod, timeoutSeconds: LONG },
  "/Service": { check: service, timeoutSeconds: LONG },
  "apiextensions.k8s.io/CustomResourceDefinition": { check: definition, timeoutSeconds: SHORT },
  "apps/DaemonSet": { check: daemonSet, timeoutSeconds: LONG },
  "apps/Deployment": { check: deployment, timeoutSeconds: LONG },
  "apps/StatefulSet": { check: statefulSet, timeoutSeconds: LONG },
  "batch/Job": { check: job, timeoutSeconds: LONG },
  "networking.k8s.io/Ingress": { check: ingress, timeoutSeconds: LONG },
};

export function readinessOf(object: Properties): Readiness | undefined {
  const { apiVersion, kind } = keyOf(object);
  return kinds[`${groupOf(apiVersion)}/${kind}`];
}

function namespace(object: Properties): State {
  const phase = textAt(object, "status", "phase");
  return phase === "Active" ? ready : waiting(`its phase is ${phase ?? "not set"}`);
}

async function persistentVolumeClaim(object: Properties, client: ApiClient): Promise<State> {
  const phase = textAt(object, "status", "phase") ?? "Pending";
  if (phase === "Bound") return ready;
  if (phase === "Lost") return failed("its volume is lost");
  const className = textAt(object, "spec", "storageClassName");
  if (className === undefined || className === "")
    return waiting("no volume fits, and it names no storage class");
  const storageClass = await client.find(`/apis/storage.k8s.io/v1/storageclasses/${className}`);
  if (!storageClass) return waiting(`there is no storage class ${className}`);
  return textAt(storageClass, "volumeBindingMode") === "WaitForFirstConsumer"
    ? ready
    : waiting(`the storage class ${className} has not provided a volume`);
}

function pod(object: Properties): State {
  if (textAt(object, "status", "phase") === "Succeeded" || hasCondition(object, "Ready")) return ready;
  if (textAt(object, "status", "phase") === "Failed") return failed("its containers ended with an error");
  return waiting("it is not ready");
}

async function service(object: Properties, client: ApiClient): Promise<State> {
  const type = textAt(object, "spec", "type");
  const hasSelector = Object.keys(propertiesAt(object, "spec", "selector")).length > 0;
  if (type === "LoadBalancer" && listAt(object, "status", "loadBalancer", "ingress").length === 0) {
    return waiting("its load balancer has no address");
  }
  if (type === "ExternalName" || !hasSelector || textAt(object, "spec", "clusterIP") === "None") return ready;
  const { namespace: folder = "", name } = keyOf(object);
  const slices = await client.send(`/apis/discovery.k8s.io/v1/namespaces/${folder}/endpointslices`, {
    query: { labelSelector: `kubernetes.io/service-name=${name}` },
  });
  const isServed = listAt(slices, "items")
    .flatMap((slice) => listAt(slice, "endpoints"))
    .some((endpoint) => at(endpoint, "conditions", "ready") !== false);
  return isServed ? ready : waiting("no ready pod matches its selector");
}

function ingress(object: Properties): State {
  return listAt(object, "status", "loadBalancer", "ingress").length > 0
    ? ready
    : waiting("no ingress controller has given it an address");
}

function definition(object: Properties): State {
  const names = conditionOf(object, "NamesAccepted");
  if (textAt(names, "status") === "False") return failed(`its names are not accepted: ${explain(names)}`);
  return hasCondition(object, "Established") ? ready : waiting("it is not established");
}

function deployment(object: Properties): State {
  if (isUnobserved(object)) return waiting("the controller has not seen it");
  const progressing = conditionOf(object, "Progressing");
  if (textAt(progressing, "reason") === "ProgressDeadlineExceeded") return failed(explain(progressing));
  const wanted = replicasOf(object);
  const [updated, available, all] = ["updatedReplicas", "availableReplicas", "replicas"].map((field) =>
    countAt(object, "status", field),
  ) as [number, number, number];
  if (updated >= wanted && available >= wanted && all === updated) return ready;
  if (updated < wanted || available < wanted) {
    return waiting(
      `of ${String(wanted)} pods, ${String(updated)} are of the new version and ${String(available)} are available`,
    );
  }
  return waiting(`${String(all - updated)} pods of the old version are left`);
}

function statefulSet(object: Properties): State {
  if (isUnobserved(object)) return waiting("the controller has not seen it");
  const wanted = replicasOf(object);
  const isReady = countAt(object, "status", "readyReplicas");
  const updated = countAt(object, "status", "updatedReplicas");
  const isOnDelete = textAt(object, "spec", "updateStrategy", "type") === "OnDelete";
  const kept = countAt(object, "spec", "updateStrategy", "rollingUpdate", "partition");
  const toUpdate = isOnDelete ? 0 : Math.max(wanted - kept, 0);
  if (isReady >= wanted && updated >= toUpdate) return ready;
  return waiting(
    `of ${String(wanted)} pods, ${String(updated)} are of the new version and ${String(isReady)} are ready`,
  );
}

function daemonSet(object: Properties): State {
  if (isUnobserved(object)) return waiting("the controller has not seen it");
  const wanted = countAt(object, "status", "desiredNumberScheduled");
  const updated = countAt(object, "status", "updatedNumberScheduled");
  const available = countAt(object, "status", "numberAvailable");
  if (updated >= wanted && available >= wanted) return ready;
  return waiting(
    `of ${String(wanted)} pods, ${String(updated)} are of the new version and ${String(available)} are available`,
  );
}

function job(object: Properties): State {
  if (hasCondition(object, "Complete") || at(object, "spec", "suspend") === true) return ready;
  if (hasCondition(object, "Failed")) return failed(`it failed: ${explain(conditionOf(object, "Failed"))}`);
  return waiting(`${String(countAt(object, "status", "active"))} of its pods are running`);
}

function isUnobserved(object: Properties): boolean {
  return countAt(object, "status", "observedGeneration") < countAt(object, "metadata", "generation");
}

function replicasOf(object: Properties): number {
  return at(object, "spec", "replicas") === undefined ? 1 : countAt(object, "spec", "replicas");
}
