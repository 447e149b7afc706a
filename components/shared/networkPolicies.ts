import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1";
import type { networking } from "@pulumi/kubernetes/types/input";
import type { CustomResourceOptions, Input } from "@pulumi/pulumi";
import type { Labels } from "./labels";
import { patched, type Patch } from "./patch";

/** Pods, or addresses, that may connect. @see https://kubernetes.io/docs/concepts/services-networking/network-policies */
export type NetworkPolicyPeer = networking.v1.NetworkPolicyPeer;

export interface AllowArgs {
  readonly namespace: Input<string>;
  /** The pods that this policy protects; nothing but `rules` reaches them. */
  readonly pods: Input<Labels>;
  readonly labels: Labels;
  /** Who may connect to which ports of the pods; no `ports` means all. */
  readonly rules: readonly {
    readonly from: readonly NetworkPolicyPeer[];
    readonly ports?: readonly Input<number | string>[];
  }[];
  readonly patch?: Patch | undefined;
}

/**
 * A policy that lets only the listed peers in. A rule without peers is left out: Kubernetes would read an empty list as
 * "from everywhere".
 */
export function allowOnly(name: string, args: AllowArgs, opts: CustomResourceOptions): NetworkPolicy {
  return new NetworkPolicy(
    name,
    patched(
      {
        metadata: { namespace: args.namespace, labels: args.labels },
        spec: {
          podSelector: { matchLabels: args.pods },
          policyTypes: ["Ingress"],
          ingress: args.rules
            .filter((rule) => rule.from.length > 0)
            .map((rule) => ({
              from: [...rule.from],
              ...(rule.ports && { ports: rule.ports.map((port) => ({ port, protocol: "TCP" })) }),
            })),
        },
      },
      args.patch,
    ),
    opts,
  );
}

/** Pods of one role in the policy's own namespace. */
export function pods(labels: Labels): NetworkPolicyPeer {
  return { podSelector: { matchLabels: labels } };
}
