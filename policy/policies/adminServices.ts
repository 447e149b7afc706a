import type { core, networking } from "@pulumi/kubernetes/types/output";
import { kratosPorts } from "../../ory/kratos/config";
import { oathkeeperPorts } from "../../ory/oathkeeper/config";
import { found, type Problem } from "../../ory/problem";
import { isA, namespaceOf, specOf, type KubernetesObject } from "../lib/objects";
import { stackPolicy } from "../lib/policy";
import { isService, labelsBehind, selects } from "../lib/selectors";
import { ifKnown } from "../lib/unknown";

/** @see https://www.ory.com/docs/kratos/guides/production#admin-api */
export const adminServices = stackPolicy<{ ports: readonly number[] }>({
  name: "admin-services",
  description: "Services of admin APIs are ClusterIP, and a NetworkPolicy says who reaches their pods.",
  level: "mandatory",
  why: "These APIs have no authentication: whoever reaches one is every user.",
  options: {
    ports: {
      type: "array",
      items: { type: "integer" },
      description: "Ports of admin APIs; the defaults are those of Kratos, Oathkeeper, Hydra and Keto.",
      default: [kratosPorts.admin, oathkeeperPorts.api, 4445, 4467],
    },
  },
  *check(object, all, { ports }): Generator<Problem> {
    if (!isService(object)) return;
    const { type = "ClusterIP", externalIPs = [], ...spec } = specOf<core.v1.ServiceSpec>(object);
    const admin = (spec.ports ?? []).find(({ port = 0 }) => ports.includes(port));
    if (!admin) return;
    if (type !== "ClusterIP")
      yield problem("spec.type", type, "opens an admin API to the outside", "Write ClusterIP.");
    if (externalIPs.length > 0)
      yield problem("spec.externalIPs", externalIPs, "opens an admin API to the outside", "Remove it.");
    if (!isFenced(object, all))
      yield problem(
        "spec.selector",
        spec.selector,
        "leads to pods that no NetworkPolicy of this stack fences",
        "Add a NetworkPolicy that lists who may connect to them.",
      );
  },
});

function isFenced(service: KubernetesObject, all: readonly KubernetesObject[]): boolean {
  const labels = labelsBehind(service, all);
  if (!labels) return false;
  return all.some((object) =>
    ifKnown(() => {
      if (!isA(object, "networking.k8s.io", "NetworkPolicy")) return false;
      const { podSelector = {}, policyTypes = ["Ingress"] } = specOf<networking.v1.NetworkPolicySpec>(object);
      const isHere = namespaceOf(object) === namespaceOf(service);
      return isHere && policyTypes.includes("Ingress") && selects(podSelector, labels);
    }),
  );
}

function problem(path: string, value: unknown, reason: string, fix: string): Problem {
  return { path, value: found(value), reason, fix };
}
