import { Output } from "@pulumi/pulumi";
import { found, type Problem } from "../../documents/shared/problem";
import { holds, isBlock, linkLocal, metadataAddresses } from "./addressBlocks";
import { isEmptySelector, type NetworkPolicyPeer } from "./networkPolicies";
import type { EgressArgs, EgressDestination, EgressTarget } from "./egress";

/** What cannot be meant in a gateway's egress, as far as its values are known. */
export function egressProblems(path: string, egress: EgressArgs | "off" = {}): Problem[] {
  if (egress === "off") return [];
  const { dns = [], alsoTo = {} } = egress;
  return [
    ...dns.flatMap((target, index) => targetProblems(`${path}.dns[${index}]`, target)),
    ...Object.entries<readonly EgressDestination[]>(alsoTo).flatMap(([part, destinations]) =>
      destinations.flatMap((one, index) => destinationProblems(`${path}.alsoTo.${part}[${index}]`, one)),
    ),
  ];
}

function destinationProblems(path: string, destination: EgressDestination): Problem[] {
  if (destination === "internet") return [];
  return [
    ...targetProblems(path, destination),
    ...destination.to.flatMap((peer, index) => metadataProblems(`${path}.to[${index}]`, peer)),
  ];
}

function targetProblems(path: string, target: EgressTarget): Problem[] {
  const {
    to,
    ports = [],
  }: { readonly to: readonly NetworkPolicyPeer[]; readonly ports?: readonly number[] } = target;
  return [
    ...(to.length > 0 ? [] : [nobody(`${path}.to`, to)]),
    ...to.flatMap((peer, index) => peerProblems(`${path}.to[${index}]`, peer)),
    ...ports.flatMap((port, index) => portProblems(`${path}.ports[${index}]`, port)),
  ];
}

function peerProblems(
  path: string,
  { namespaceSelector, podSelector, ipBlock }: NetworkPolicyPeer,
): Problem[] {
  if (ipBlock !== undefined)
    return blocks(ipBlock)
      .filter((block) => !isBlock(block))
      .map((block) => noBlock(path, block));
  const selectors = [namespaceSelector, podSelector].filter((selector) => selector !== undefined);
  if (selectors.length === 0) return [nobody(path, {})];
  return selectors.every(isEmptySelector) ? [everybody(path, { namespaceSelector, podSelector })] : [];
}

function metadataProblems(path: string, { ipBlock }: NetworkPolicyPeer): Problem[] {
  const [cidr, ...except] = blocks(ipBlock).filter(isBlock);
  if (cidr === undefined) return [];
  return metadataAddresses
    .filter((address) => holds(cidr, address) && !except.some((block) => holds(block, address)))
    .map((address) => ({
      path,
      value: found(cidr),
      reason: `holds ${address}, where clouds tell whoever asks the node's credentials`,
      fix: `Leave it out, for example with except: ["${address.includes(":") ? `${address}/128` : linkLocal.ipv4}"], or write "internet".`,
    }));
}

function portProblems(path: string, port: number): Problem[] {
  if (Number.isInteger(port) && port > 0 && port < 65536) return [];
  return [{ path, value: found(port), reason: "is not a port", fix: "Write a number from 1 to 65535." }];
}

function nobody(path: string, value: unknown): Problem {
  return {
    path,
    value: found(value),
    reason: "names nobody",
    fix: "Write pods by namespaceSelector and podSelector, or addresses by ipBlock.",
  };
}

function everybody(path: string, peer: NetworkPolicyPeer): Problem {
  return {
    path,
    value: found(peer),
    reason: "selects every pod, the gateway's own too",
    fix: 'Name a namespace, or labels of pods. Where nothing is to be closed, write egress: "off".',
  };
}

function noBlock(path: string, block: string): Problem {
  return {
    path: `${path}.ipBlock`,
    value: found(block),
    reason: "is not a block of addresses",
    fix: 'Write for example "10.20.0.0/16", or "10.20.0.7/32" for a single address.',
  };
}

/** The block and its exceptions, those that are known. */
function blocks(ipBlock: unknown): string[] {
  if (!isKnown(ipBlock)) return [];
  const { cidr, except } = ipBlock as { readonly cidr?: unknown; readonly except?: unknown };
  return [cidr, ...(Array.isArray(except) ? (except as unknown[]) : [])].filter(
    (one) => typeof one === "string",
  );
}

function isKnown(value: unknown): value is object {
  return (
    typeof value === "object" && value !== null && !Output.isInstance(value) && !(value instanceof Promise)
  );
}
