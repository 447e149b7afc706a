import type { networking } from "@pulumi/kubernetes/types/output";
import { kratosPorts } from "../../documents/kratos/config";
import { oathkeeperPorts } from "../../documents/oathkeeper/config";
import { found, type Problem } from "../../documents/shared/problem";
import { isA, namespaceOf, specOf, type KubernetesObject, type Partially } from "../lib/objects";
import { stackPolicy, type Made } from "../lib/policy";
import { selects, type LabelMap } from "../lib/selectors";
import {
  isService,
  podPorts,
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
  why: "These APIs have no authentication: anyone who reaches one can act as any user.",
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
    const admin = (spec.ports ?? []).flatMap((one) =>
      podPorts(object, one, made)
        .filter((number) => ports.includes(one.port ?? 0) || ports.includes(number))
        .map((number) => ({ ...one, number })),
    );
    if (admin.length === 0) return;
    if (type !== "ClusterIP")
      yield problem("spec.type", type, "opens an admin API to the outside", "Write ClusterIP.");
    if (externalIPs.length > 0)
      yield problem("spec.externalIPs", externalIPs, "opens an admin API to the outside", "Remove it.");
    const policies = labelsBehind(object, made).map((labels) => policiesOf(object, labels, made));
    if (policies.length === 0 || policies.some((ofPods) => ofPods.length === 0))
      yield problem(
        "spec.selector",
        spec.selector,
        "leads to pods that no NetworkPolicy of this stack isolates",
        "Add a NetworkPolicy that lists who may connect to them.",
      );
    for (const policy of new Set(policies.flat()))
      if (admin.some((port) => opens(policy, port, object, made)))
        yield problem(
          "spec.selector",
          spec.selector,
          `leads to pods whose admin API the NetworkPolicy "${resourceName(policy)}" opens to everybody`,
          "List in its ingress who may connect to that port.",
        );
  },
});

/** NetworkPolicies that restrict connections to pods with some labels in the namespace of a Service. */
function policiesOf(service: KubernetesObject, labels: LabelMap, made: Made): KubernetesObject[] {
  return made.filter((object) =>
    ifKnown(() => {
      if (!isA(object, "networking.k8s.io", "NetworkPolicy")) return false;
      const { podSelector = {}, policyTypes = ["Ingress"] } = specOf<networking.v1.NetworkPolicySpec>(object);
      const isHere = namespaceOf(object) === namespaceOf(service);
      return isHere && policyTypes.includes("Ingress") && selects(podSelector, labels);
    }),
  );
}

/** Whether a policy allows every pod of the cluster, or every address, to connect to a port. */
function opens(
  policy: KubernetesObject,
  port: ServicePort & { readonly number: number },
  service: KubernetesObject,
  made: Made,
): boolean {
  const { ingress = [] } = specOf<networking.v1.NetworkPolicySpec>(policy);
  return ingress.some(({ from = [], ports = [] }) => {
    const isMeant = ({ port: first, endPort }: Partially<networking.v1.NetworkPolicyPort>) =>
      first === undefined ||
      first === port.targetPort ||
      podPorts(service, { targetPort: first }, made).some((one) => isBetween(one, port.number, endPort));
    return (
      (ports.length === 0 || ports.some(isMeant)) &&
      (from.length === 0 || from.some((peer) => ifKnown(() => isEverybody(peer)) === true))
    );
  });
}

function isBetween(first: number, port: number, last = first): boolean {
  return first <= port && port <= last;
}

function isEverybody({
  ipBlock,
  namespaceSelector,
  podSelector = {},
}: Partially<networking.v1.NetworkPolicyPeer>): boolean {
  if (ipBlock) return isWide(ipBlock.cidr ?? "");
  return namespaceSelector !== undefined && selects(namespaceSelector, {}) && selects(podSelector, {});
}

/** Whether an address block is wider than any private network: 10.0.0.0/8 and fc00::/7 are the widest. */
function isWide(cidr: string): boolean {
  const [address = "", length] = cidr.split("/");
  return Number(length) < (address.includes(":") ? 7 : 8);
}

function resourceName({ urn }: KubernetesObject): string {
  return urn.slice(urn.lastIndexOf("::") + "::".length);
}

/** Labels of the pods behind a Service: those of each of the stack's workloads, or else those in the selector. */
function labelsBehind(service: KubernetesObject, made: Made): LabelMap[] {
  const ofWorkloads = podsBehind(service, made).map(({ labels }) => labels);
  return ofWorkloads.length > 0
    ? ofWorkloads
    : [selectorOf(service)].filter((labels) => labels !== undefined);
}

function problem(path: string, value: unknown, reason: string, fix: string): Problem {
  return { path, value: found(value), reason, fix };
}
