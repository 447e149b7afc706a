import type { networking } from "@pulumi/kubernetes/types/output";
import { kratosPorts } from "../../documents/kratos/config";
import { oathkeeperPorts } from "../../documents/oathkeeper/config";
import { found, type Problem } from "../../documents/shared/problem";
import { isA, namespaceOf, specOf, type KubernetesObject, type Partially } from "../lib/objects";
import { stackPolicy, type Made } from "../lib/policy";
import { selects, type LabelMap } from "../lib/selectors";
import {
  isService,
  podPort,
  podsBehind,
  selectorOf,
  type ServicePort,
  type ServiceSpec,
} from "../lib/services";
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
    const admin = (spec.ports ?? []).flatMap((one) => {
      const port = podPort(object, one, made);
      return ports.includes(one.port ?? 0) || ports.includes(port ?? 0) ? [{ ...one, number: port }] : [];
    });
    if (admin.length === 0) return;
    if (type !== "ClusterIP")
      yield problem("spec.type", type, "opens an admin API to the outside", "Write ClusterIP.");
    if (externalIPs.length > 0)
      yield problem("spec.externalIPs", externalIPs, "opens an admin API to the outside", "Remove it.");
    const policies = policiesOf(object, made);
    if (policies.length === 0)
      yield problem(
        "spec.selector",
        spec.selector,
        "leads to pods that no NetworkPolicy of this stack isolates",
        "Add a NetworkPolicy that lists who may connect to them.",
      );
    for (const policy of policies)
      if (admin.some((port) => opens(policy, port, object, made)))
        yield problem(
          "spec.selector",
          spec.selector,
          `leads to pods whose admin API the NetworkPolicy "${resourceName(policy)}" opens to everybody`,
          "List in its ingress who may connect to that port.",
        );
  },
});

/** NetworkPolicies about who connects to the pods behind a Service. */
function policiesOf(service: KubernetesObject, made: Made): KubernetesObject[] {
  const labels = labelsBehind(service, made);
  if (!labels) return [];
  return made.filter((object) =>
    ifKnown(() => {
      if (!isA(object, "networking.k8s.io", "NetworkPolicy")) return false;
      const { podSelector = {}, policyTypes = ["Ingress"] } = specOf<networking.v1.NetworkPolicySpec>(object);
      const isHere = namespaceOf(object) === namespaceOf(service);
      return isHere && policyTypes.includes("Ingress") && selects(podSelector, labels);
    }),
  );
}

/** Whether a policy lets every pod of the cluster, or every address, connect to a port. */
function opens(
  policy: KubernetesObject,
  port: ServicePort & { readonly number: number | undefined },
  service: KubernetesObject,
  made: Made,
): boolean {
  const { ingress = [] } = specOf<networking.v1.NetworkPolicySpec>(policy);
  return ingress.some(({ from = [], ports = [] }) => {
    const isMeant = ({ port: first, endPort }: Partially<networking.v1.NetworkPolicyPort>) =>
      first === undefined ||
      first === port.targetPort ||
      isBetween(podPort(service, { targetPort: first }, made), port.number, endPort);
    return (
      (ports.length === 0 || ports.some(isMeant)) &&
      (from.length === 0 || from.some((peer) => ifKnown(() => isEverybody(peer)) === true))
    );
  });
}

function isBetween(first: number | undefined, port: number | undefined, last: number | undefined): boolean {
  return first !== undefined && port !== undefined && first <= port && port <= (last ?? first);
}

function isEverybody({
  ipBlock,
  namespaceSelector,
  podSelector = {},
}: Partially<networking.v1.NetworkPolicyPeer>): boolean {
  if (ipBlock) return /\/0+$/.test(ipBlock.cidr ?? "");
  return namespaceSelector !== undefined && selects(namespaceSelector, {}) && selects(podSelector, {});
}

function resourceName({ urn }: KubernetesObject): string {
  return urn.slice(urn.lastIndexOf("::") + "::".length);
}

/** Labels of the pods behind a Service: those of a workload of the stack, or as many as its selector tells. */
function labelsBehind(service: KubernetesObject, made: Made): LabelMap | undefined {
  return podsBehind(service, made)[0]?.labels ?? selectorOf(service);
}

function problem(path: string, value: unknown, reason: string, fix: string): Problem {
  return { path, value: found(value), reason, fix };
}
