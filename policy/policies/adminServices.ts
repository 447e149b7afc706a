import type { networking } from "@pulumi/kubernetes/types/output";
import { kratosPorts } from "../../documents/kratos/config";
import { oathkeeperPorts } from "../../documents/oathkeeper/config";
import { found, type Problem } from "../../documents/shared/problem";
import { isA, namespaceOf, specOf, type KubernetesObject } from "../lib/objects";
import { stackPolicy, type Made } from "../lib/policy";
import { selects, type LabelMap } from "../lib/selectors";
import { isService, podPort, podsBehind, selectorOf, type ServiceSpec } from "../lib/services";
import { ifKnown } from "../lib/unknown";

export const adminServices = stackPolicy<{ ports: readonly number[] }>({
  name: "admin-services",
  description: "Services of admin APIs are ClusterIP, and a NetworkPolicy says who reaches their pods.",
  level: "mandatory",
  severity: "critical",
  why: "These APIs have no authentication: whoever reaches one is every user.",
  remediationSteps:
    "Give the Service the type ClusterIP without external addresses, and add a NetworkPolicy that lists who may connect to its pods.",
  url: "https://www.ory.com/docs/kratos/guides/production#admin-api",
  options: {
    ports: {
      type: "array",
      items: { type: "integer" },
      description: "Ports of admin APIs; the defaults are those of Kratos, Oathkeeper, Hydra and Keto.",
      default: [kratosPorts.admin, oathkeeperPorts.api, 4445, 4467],
    },
  },
  *check(object, made, { ports }): Generator<Problem> {
    if (!isService(object)) return;
    const { type = "ClusterIP", externalIPs = [], ...spec } = specOf<ServiceSpec>(object);
    const isAdmin = (spec.ports ?? []).some(
      (one) => ports.includes(one.port ?? 0) || ports.includes(podPort(object, one, made) ?? 0),
    );
    if (!isAdmin) return;
    if (type !== "ClusterIP")
      yield problem("spec.type", type, "opens an admin API to the outside", "Write ClusterIP.");
    if (externalIPs.length > 0)
      yield problem("spec.externalIPs", externalIPs, "opens an admin API to the outside", "Remove it.");
    if (!isIsolated(object, made))
      yield problem(
        "spec.selector",
        spec.selector,
        "leads to pods that no NetworkPolicy of this stack isolates",
        "Add a NetworkPolicy that lists who may connect to them.",
      );
  },
});

function isIsolated(service: KubernetesObject, made: Made): boolean {
  const labels = labelsBehind(service, made);
  if (!labels) return false;
  return made.some((object) =>
    ifKnown(() => {
      if (!isA(object, "networking.k8s.io", "NetworkPolicy")) return false;
      const { podSelector = {}, policyTypes = ["Ingress"] } = specOf<networking.v1.NetworkPolicySpec>(object);
      const isHere = namespaceOf(object) === namespaceOf(service);
      return isHere && policyTypes.includes("Ingress") && selects(podSelector, labels);
    }),
  );
}

/** Labels of the pods behind a Service: those of a workload of the stack, or as many as its selector tells. */
function labelsBehind(service: KubernetesObject, made: Made): LabelMap | undefined {
  return podsBehind(service, made)[0]?.labels ?? selectorOf(service);
}

function problem(path: string, value: unknown, reason: string, fix: string): Problem {
  return { path, value: found(value), reason, fix };
}
