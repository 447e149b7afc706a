import { isIPv6 } from "node:net";
import type { Input } from "@pulumi/pulumi";
import type { NonEmpty } from "../../documents/shared/nonEmpty";
import { blockOf, linkLocal, metadataAddresses, notPublic } from "./addressBlocks";
import { otherPods } from "./labels";
import { namespaceNameLabel, type EgressRule, type NetworkPolicyPeer } from "./networkPolicies";

/** Pods or addresses that a part may connect to: a NetworkPolicy cannot contain host names. */
export interface EgressTarget {
  /** Pods or addresses. */
  readonly to: NonEmpty<NetworkPolicyPeer>;
  /**
   * TCP ports of the pods, which can differ from the ports of their Service.
   * @default all; 53 in `dns`
   */
  readonly ports?: NonEmpty<number>;
}

/** `internet` is every public address by https (port 443), and no private, link-local or shared one. */
export type EgressDestination = "internet" | EgressTarget;

/** Parts of a gateway that may be allowed further connections. */
export const egressParts = [
  "identityServer",
  "loginUi",
  "proxy",
  "ruleOperator",
  "serviceAccountKeys",
] as const;
/** A part of a gateway that may be allowed further connections. */
export type EgressPart = (typeof egressParts)[number];

/** Where the gateway's pods may connect to, besides what each part needs. */
export interface EgressArgs {
  /**
   * DNS servers, over UDP and TCP.
   * @default any address, on port 53
   */
  readonly dns?: NonEmpty<EgressTarget>;
  /**
   * For each part, what else it may connect to. The identity server's entries apply to its jobs and its courier too.
   * @default nothing
   */
  readonly alsoTo?: Readonly<Partial<Record<EgressPart, readonly EgressDestination[]>>>;
}

/** The same for one part. `off` lets its pods connect to anything. */
export type PartEgress =
  | "off"
  | {
      /**
       * DNS servers.
       * @default any address, on port 53
       */
      readonly dns?: NonEmpty<EgressTarget>;
      /**
       * What its pods may connect to besides what they need.
       * @default nothing
       */
      readonly alsoTo?: readonly EgressDestination[];
    };

/** The part of a gateway's settings that applies to one of its parts; anything else gets no more than it needs. */
export function egressOf(egress: EgressArgs | "off" = {}, part?: EgressPart): PartEgress {
  if (egress === "off") return egress;
  const { dns, alsoTo = {} } = egress;
  return { ...(dns && { dns }), alsoTo: part === undefined ? [] : (alsoTo[part] ?? []) };
}

/** Whether the proxy of a gateway with these settings connects to nothing outside the cluster. */
export function reachesClusterOnly(egress: EgressArgs | "off" = {}): boolean {
  return egress !== "off" && (egress.alsoTo?.proxy ?? []).length === 0;
}

/**
 * What the policy of pods with these needs lets them connect to; `undefined` if that is anything. Pods that connect
 * anywhere look up names.
 */
export function egressRules(
  egress: PartEgress = {},
  needs: readonly EgressRule[] = [],
): readonly EgressRule[] | undefined {
  if (egress === "off") return undefined;
  const { dns, alsoTo = [] } = egress;
  const rules = [...needs, ...alsoTo.map((one) => (one === "internet" ? internet([443]) : one))];
  return rules.length === 0 ? [] : [...nameServers(dns), ...rules];
}

function nameServers(targets?: readonly EgressTarget[]): readonly EgressRule[] {
  const overBoth = (ports: readonly number[]) =>
    ports.flatMap((port) => (["UDP", "TCP"] as const).map((protocol) => ({ port, protocol })));
  if (!targets) return [{ ports: overBoth([53]) }];
  return targets.map(({ to, ports = [53] }) => ({ to, ports: overBoth(ports) }));
}

/** Public addresses: none of a cluster, of a network around it, or of the machine. */
export function internet(ports: readonly number[]): EgressRule {
  return {
    to: [
      { ipBlock: { cidr: "0.0.0.0/0", except: [...notPublic] } },
      // The allocated part of IPv6: unique local, link-local and translated addresses are outside it.
      { ipBlock: { cidr: "2000::/3" } },
    ],
    ports,
  };
}

/** Every address and pod, but nothing link-local and no metadata server. */
export const anyAddress: readonly NetworkPolicyPeer[] = [
  { ipBlock: { cidr: "0.0.0.0/0", except: [linkLocal.ipv4] } },
  {
    ipBlock: {
      cidr: "::/0",
      except: [linkLocal.ipv6, ...metadataAddresses.filter((address) => isIPv6(address)).map(blockOf)],
    },
  },
  // Some network plugins do not count pods among the addresses.
  { namespaceSelector: {} },
];

/**
 * The Kubernetes API server, which no policy can name: it is on nodes, or outside the cluster. Its ports are those of
 * managed clusters, of kubeadm and k3s, of minikube, and of MicroK8s.
 */
export const apiServer: EgressRule = { ports: [443, 6443, 8443, 16443] };

/** Every pod of the cluster that is not the gateway's: no node, no address outside. */
export function upstreamPods(gatewayNamespace: Input<string>): readonly NetworkPolicyPeer[] {
  const elsewhere = { key: namespaceNameLabel, operator: "NotIn", values: [gatewayNamespace] };
  return [{ namespaceSelector: { matchExpressions: [elsewhere] } }, { podSelector: otherPods }];
}
