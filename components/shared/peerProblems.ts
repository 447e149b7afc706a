import { labelsProblems } from "../../documents/shared/kubernetesNames";
import { found, ofKnown, type Problem } from "../../documents/shared/problem";
import { isBlock, isPartOf } from "./addressBlocks";
import type { Known } from "./known";
import type { NetworkPolicyPeer } from "./networkPolicies";

/** A peer as far as it is known. */
export type KnownPeer = Known<NetworkPolicyPeer>;
type KnownSelector = KnownPeer["podSelector"];

/** Checks peers of any kind: each names somebody, and not every pod there is. */
export function peersProblems(path: string, peers: readonly KnownPeer[]): Problem[] {
  return peers.flatMap((peer, index) => {
    const at = `${path}[${index}]`;
    return [...peerFormProblems(at, peer), ...(isEveryPod(peer) ? [everyPod(at, peer)] : [])];
  });
}

/** Checks peers that may connect: each names somebody, and neither every pod there is nor every address. */
export function clientsProblems(path: string, peers: readonly KnownPeer[]): Problem[] {
  const open = peers.flatMap((peer, index) =>
    isEveryAddress(peer) ? [anybody(`${path}[${index}]`, peer)] : [],
  );
  return [...peersProblems(path, peers), ...open];
}

/** Checks peers that are trusted: each names certain pods or addresses. */
export function trustedPeerProblems(path: string, peers: readonly KnownPeer[]): Problem[] {
  return peers.flatMap((peer, index) => {
    const at = `${path}[${index}]`;
    const reason = tooWide(peer);
    if (reason === undefined) return peerFormProblems(at, peer);
    return [
      {
        path: at,
        value: found(peer),
        reason: `${reason}, and the proxy trusts whatever comes from there`,
        fix: `Name the ingress controller's namespace and its pods, for example ${ingressPodsExample}.`,
      },
    ];
  });
}

export const ingressPodsExample =
  '{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "traefik" } }, podSelector: { matchLabels: { "app.kubernetes.io/name": "traefik" } } }';

function tooWide({ namespaceSelector, podSelector, ipBlock }: KnownPeer): string | undefined {
  if (ipBlock !== undefined) return isAll(ipBlock.cidr) ? "names every address" : undefined;
  if (namespaceSelector === undefined && podSelector === undefined) return "names nobody";
  if (isEmptySelector(namespaceSelector)) return "names pods of every namespace";
  if (namespaceSelector === undefined && isEmptySelector(podSelector))
    return "names every pod of the gateway's namespace";
  return undefined;
}

/** Checks that a peer names somebody, by labels and blocks that the API server takes. */
export function peerFormProblems(path: string, peer: KnownPeer): Problem[] {
  const { namespaceSelector, podSelector, ipBlock } = peer;
  if (ipBlock !== undefined)
    return namespaceSelector === undefined && podSelector === undefined
      ? blockProblems(`${path}.ipBlock`, ipBlock)
      : [podsAtAddresses(path, peer)];
  if (namespaceSelector === undefined && podSelector === undefined) return [nobody(path, peer)];
  return [
    ...selectorProblems(`${path}.namespaceSelector`, namespaceSelector),
    ...selectorProblems(`${path}.podSelector`, podSelector),
  ];
}

function blockProblems(path: string, { cidr, except = [] }: NonNullable<KnownPeer["ipBlock"]>): Problem[] {
  const blocks = cidr === undefined ? except : [cidr, ...except];
  const wrong = blocks.filter((block) => !isBlock(block));
  if (wrong.length > 0 || cidr === undefined) return wrong.map((block) => noBlock(path, block));
  return except.flatMap((block, index) =>
    isPartOf(block, cidr) ? [] : [noPart(`${path}.except[${index}]`, block, cidr)],
  );
}

function selectorProblems(path: string, selector: KnownSelector): readonly Problem[] {
  return [
    ...ofKnown(selector?.matchLabels, (labels) => labelsProblems(`${path}.matchLabels`, labels)),
    ...ofKnown(selector?.matchExpressions, (all) =>
      all.flatMap((one, index) => expressionProblems(`${path}.matchExpressions[${index}]`, one)),
    ),
  ];
}

interface Expression {
  readonly key?: string | undefined;
  readonly operator?: string | undefined;
  readonly values?: readonly (string | undefined)[] | undefined;
}

/** @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#set-based-requirement */
function expressionProblems(path: string, { key, operator, values = [] }: Expression): Problem[] {
  const takesValues = ["In", "NotIn"].includes(operator ?? "");
  return [
    ...ofKnown(key, (known) => labelsProblems(`${path}.key`, { [known]: "" })),
    ...(operator !== undefined && takesValues !== values.length > 0
      ? [
          {
            path: `${path}.values`,
            value: found(values),
            reason: takesValues ? `is empty, but ${operator} compares with it` : `is not for ${operator}`,
            fix: takesValues ? "Write the values." : "Leave it out.",
          },
        ]
      : []),
  ];
}

/** An empty selector selects everything. */
export function isEmptySelector(selector: KnownSelector): boolean {
  if (selector === undefined) return false;
  const { matchLabels = {}, matchExpressions = [] } = selector;
  return Object.keys(matchLabels).length === 0 && matchExpressions.length === 0;
}

/** Whether a peer is every pod of every namespace. */
function isEveryPod({ namespaceSelector, podSelector }: KnownPeer): boolean {
  return isEmptySelector(namespaceSelector) && (podSelector === undefined || isEmptySelector(podSelector));
}

function isEveryAddress({ ipBlock }: KnownPeer): boolean {
  return isAll(ipBlock?.cidr) && (ipBlock?.except ?? []).length === 0;
}

function isAll(cidr: string | undefined): boolean {
  return cidr?.endsWith("/0") ?? false;
}

export function nobody(path: string, value: unknown): Problem {
  return {
    path,
    value: found(value),
    reason: "names nobody",
    fix: "Write pods by namespaceSelector and podSelector, or addresses by ipBlock.",
  };
}

function everyPod(path: string, peer: KnownPeer): Problem {
  return {
    path,
    value: found(peer),
    reason: "selects every pod of the cluster",
    fix: "Name a namespace, or labels of pods.",
  };
}

function anybody(path: string, peer: KnownPeer): Problem {
  return {
    path,
    value: found(peer),
    reason: "is every address",
    fix: "Write the addresses of those who may connect.",
  };
}

function podsAtAddresses(path: string, peer: KnownPeer): Problem {
  return {
    path,
    value: found(peer),
    reason: "has addresses and selects pods too, which the API server refuses",
    fix: "Leave ipBlock out, or the selectors; write two peers for both.",
  };
}

function noPart(path: string, block: string, cidr: string): Problem {
  return {
    path,
    value: found(block),
    reason: `is not a part of ${cidr}, from which it would be excluded`,
    fix: "Write a smaller block within it, or leave it out.",
  };
}

function noBlock(path: string, block: string): Problem {
  return {
    path,
    value: found(block),
    reason: "is not a block of addresses",
    fix: 'Write for example "10.20.0.0/16", or "10.20.0.7/32" for a single address.',
  };
}
