import { at, listAt, propertiesAt, textAt, type Properties, type Value } from "../../protocol/values";
import type { ApiClient } from "../client";
import { keyOf } from "../objects";
import { conditionOf, explain } from "./state";

const EVENTS_SHOWN = 3;

/** States that every container passes through. */
const usualWaits = ["ContainerCreating", "PodInitializing"];

/** What may be the cause when an object does not get ready: what its pods wait for, and the last warnings. */
export async function clues(object: Properties, client: ApiClient): Promise<string[]> {
  const pods = await podsOf(object, client);
  const names = new Set([keyOf(object).name, ...pods.map((pod) => textAt(pod, "metadata", "name") ?? "")]);
  return [...new Set([...pods.flatMap(podClues), ...(await warnings(object, names, client))])];
}

/** Just the pods' state, in a line. */
export async function podSummary(object: Properties, client: ApiClient): Promise<string | undefined> {
  return (await podsOf(object, client)).flatMap(podClues)[0];
}

async function podsOf(object: Properties, client: ApiClient): Promise<readonly Value[]> {
  if (textAt(object, "kind") === "Pod") return [object];
  const { namespace } = keyOf(object);
  const labels = propertiesAt(object, "spec", "selector", "matchLabels");
  const names = Object.keys(labels);
  if (namespace === undefined || names.length === 0) return [];
  const labelSelector = names.map((name) => `${name}=${textAt(labels, name) ?? ""}`).join(",");
  const found = await client.find(`/api/v1/namespaces/${namespace}/pods`, { labelSelector });
  return listAt(found, "items").filter((pod) => at(pod, "metadata", "deletionTimestamp") === undefined);
}

function podClues(pod: Value): string[] {
  const name = textAt(pod, "metadata", "name") ?? "";
  const scheduled = conditionOf(pod as Properties, "PodScheduled");
  if (textAt(scheduled, "status") === "False") return [`pod ${name}: ${explain(scheduled)}`];
  return ["initContainerStatuses", "containerStatuses"]
    .flatMap((list) => listAt(pod, "status", list))
    .flatMap((container) => {
      const prefix = `pod ${name}, container ${textAt(container, "name") ?? ""}`;
      const wait = at(container, "state", "waiting");
      const reason = textAt(wait, "reason");
      if (reason !== undefined && !usualWaits.includes(reason)) return [`${prefix}: ${explain(wait)}`];
      const end = at(container, "state", "terminated") ?? at(container, "lastState", "terminated");
      const code = at(end, "exitCode");
      if (typeof code === "number" && code !== 0) {
        return [`${prefix}: ended with exit code ${String(code)} (${explain(end)})`];
      }
      const isRunning = at(container, "state", "running") !== undefined;
      return isRunning && at(container, "ready") === false ? [`${prefix}: running, but not ready`] : [];
    });
}

async function warnings(object: Properties, names: Set<string>, client: ApiClient): Promise<string[]> {
  const { namespace = "default" } = keyOf(object);
  const found = await client.find(`/api/v1/namespaces/${namespace}/events`, {
    fieldSelector: "type=Warning",
  });
  return listAt(found, "items")
    .filter((event) => names.has(textAt(event, "involvedObject", "name") ?? ""))
    .sort((left, right) => timeOf(left).localeCompare(timeOf(right)))
    .slice(-EVENTS_SHOWN)
    .map((event) => {
      const on = `${textAt(event, "involvedObject", "kind") ?? ""} ${textAt(event, "involvedObject", "name") ?? ""}`;
      return `event on ${on}: ${explain(event)}`;
    });
}

function timeOf(event: Value): string {
  return (
    textAt(event, "lastTimestamp") ??
    textAt(event, "eventTime") ??
    textAt(event, "metadata", "creationTimestamp") ??
    ""
  );
}
