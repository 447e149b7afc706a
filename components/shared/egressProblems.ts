import { portProblems } from "../../documents/shared/kubernetesNames";
import { found, type Problem } from "../../documents/shared/problem";
import { holds, isBlock, linkLocal, metadataAddresses } from "./addressBlocks";
import type { EgressArgs, EgressDestination, EgressTarget } from "./egress";
import type { Known } from "./known";
import { isEmptySelector, nobody, peerFormProblems, type KnownPeer } from "./peerProblems";

/** Checks a gateway's egress for what cannot be intended. */
export function egressProblems(path: string, egress: Known<EgressArgs> | "off" = {}): Problem[] {
  if (egress === "off") return [];
  const { dns, alsoTo = {} } = egress;
  return [
    ...(dns?.length === 0 ? [nobody(`${path}.dns`, dns)] : []),
    ...(dns ?? []).flatMap((target, index) => targetProblems(`${path}.dns[${index}]`, target)),
    ...Object.entries<readonly Known<EgressDestination>[] | undefined>(alsoTo).flatMap(([part, all = []]) =>
      all.flatMap((one, index) => destinationProblems(`${path}.alsoTo.${part}[${index}]`, one)),
    ),
  ];
}

function destinationProblems(path: string, destination: Known<EgressDestination>): Problem[] {
  if (destination === "internet") return [];
  return [
    ...targetProblems(path, destination),
    ...(destination.to ?? []).flatMap((peer, index) => metadataProblems(`${path}.to[${index}]`, peer)),
  ];
}

function targetProblems(path: string, { to, ports }: Known<EgressTarget>): Problem[] {
  const noPort: Problem = {
    path: `${path}.ports`,
    value: found(ports),
    reason: "names no port",
    fix: "Name one, or leave it out for all.",
  };
  return [
    ...(to?.length === 0 ? [nobody(`${path}.to`, to)] : []),
    ...(to ?? []).flatMap((peer, index) => peerProblems(`${path}.to[${index}]`, peer)),
    ...(ports?.length === 0 ? [noPort] : []),
    ...(ports ?? []).flatMap((port, index) => portProblems(`${path}.ports[${index}]`, port)),
  ];
}

function peerProblems(path: string, peer: KnownPeer): Problem[] {
  const { ipBlock, namespaceSelector, podSelector } = peer;
  const selectors = [namespaceSelector, podSelector].filter((selector) => selector !== undefined);
  const isEverybody = ipBlock === undefined && selectors.length > 0 && selectors.every(isEmptySelector);
  return isEverybody ? [everybody(path, peer)] : peerFormProblems(path, peer);
}

function metadataProblems(path: string, { ipBlock }: KnownPeer): Problem[] {
  const { cidr, except = [] } = ipBlock ?? {};
  if (cidr === undefined || !isBlock(cidr)) return [];
  const excepted = except.filter((block) => isBlock(block));
  return metadataAddresses
    .filter((address) => holds(cidr, address) && !excepted.some((block) => holds(block, address)))
    .map((address) => ({
      path,
      value: found(cidr),
      reason: `contains ${address}, where clouds give the node's credentials to anyone who asks`,
      fix: `Leave it out, for example with except: ["${address.includes(":") ? `${address}/128` : linkLocal.ipv4}"], or write "internet".`,
    }));
}

function everybody(path: string, peer: KnownPeer): Problem {
  return {
    path,
    value: found(peer),
    reason: "selects every pod, the gateway's own too",
    fix: 'Name a namespace, or labels of pods. To close nothing, write egress: "off".',
  };
}
