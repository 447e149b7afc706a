import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1";
import type { meta, networking } from "@pulumi/kubernetes/types/input";
import type { CustomResourceOptions, Input } from "@pulumi/pulumi";
import type { Labels } from "./labels";
import { patched, type Patch } from "./patch";

/** Pods, or addresses, at the other end of a connection. @see https://kubernetes.io/docs/concepts/services-networking/network-policies */
export type NetworkPolicyPeer = networking.v1.NetworkPolicyPeer;

export interface AllowArgs {
  readonly namespace: Input<string>;
  /** The pods that this policy is about. */
  readonly pods: Input<Labels>;
  readonly labels: Labels;
  /**
   * Who may connect to which ports of the pods; no `ports` means all.
   * @default anybody, as far as no other policy is about that
   */
  readonly rules?: readonly {
    readonly from: readonly NetworkPolicyPeer[];
    readonly ports?: readonly Input<number | string>[];
  }[];
  /**
   * Where the pods may connect to, and nowhere else.
   * @default anywhere
   */
  readonly egress?: readonly EgressRule[] | undefined;
  readonly patch?: Patch | undefined;
}

/** Connections that pods may open. */
export interface EgressRule {
  /** @default every address and pod */
  readonly to?: readonly NetworkPolicyPeer[];
  /**
   * Ports of the pods there; a number is a TCP port.
   * @default all
   */
  readonly ports?: readonly (Input<number> | { readonly port: number; readonly protocol: "TCP" | "UDP" })[];
}

/**
 * A policy that lets only the listed peers connect, and lets the pods connect only where it says so. A rule without
 * peers is left out: Kubernetes would read an empty list as "from everywhere".
 */
export function createNetworkPolicy(
  name: string,
  args: AllowArgs,
  opts: CustomResourceOptions,
): NetworkPolicy {
  return new NetworkPolicy(
    name,
    patched(
      {
        metadata: { namespace: args.namespace, labels: args.labels },
        spec: {
          podSelector: { matchLabels: args.pods },
          policyTypes: [...(args.rules ? ["Ingress"] : []), ...(args.egress ? ["Egress"] : [])],
          ...(args.rules && {
            ingress: args.rules
              .filter((rule) => rule.from.length > 0)
              .map((rule) => ({
                from: [...rule.from],
                ...(rule.ports && { ports: rule.ports.map(tcp) }),
              })),
          }),
          ...(args.egress && args.egress.length > 0 && { egress: args.egress.map(egressRule) }),
        },
      },
      args.patch,
    ),
    opts,
  );
}

function egressRule({ to, ports }: EgressRule): networking.v1.NetworkPolicyEgressRule {
  return {
    ...(to && { to: [...to] }),
    ...(ports && { ports: ports.map((one) => (isPlainPort(one) ? tcp(one) : one)) }),
  };
}

function isPlainPort(one: NonNullable<EgressRule["ports"]>[number]): one is Input<number> {
  return typeof one !== "object" || !("protocol" in one);
}

function tcp<Port>(port: Port): { readonly port: Port; readonly protocol: "TCP" } {
  return { port, protocol: "TCP" };
}

/** The label that the API server sets on each namespace. */
export const namespaceNameLabel = "kubernetes.io/metadata.name";

/** Selects the namespace of this name. */
export function namespaceNamed(name: Input<string>): meta.v1.LabelSelector {
  return { matchLabels: { [namespaceNameLabel]: name } };
}

/** Pods of one role in the policy's own namespace. */
export function pods(labels: Labels): NetworkPolicyPeer {
  return { podSelector: { matchLabels: labels } };
}
