import { BlockList, isIPv4, isIPv6 } from "node:net";

/** Addresses at which cloud providers give the node's credentials to anybody who asks. */
export const metadataAddresses = ["169.254.169.254", "fd00:ec2::254", "fd20:ce::254"] as const;

/** Link-local addresses: metadata servers, and what a node serves only to its own pods. */
export const linkLocal = { ipv4: "169.254.0.0/16", ipv6: "fe80::/10" } as const;

/**
 * IPv4 addresses that are no hosts on the internet: private, shared by a provider's customers, of one link or machine,
 * or nobody's.
 * @see https://www.iana.org/assignments/iana-ipv4-special-registry/
 */
export const notPublic: readonly string[] = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  linkLocal.ipv4,
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "224.0.0.0/3",
];

/** Whether this is a block of addresses in the form of CIDR. */
export function isBlock(text: string): boolean {
  const { address, bits } = parts(text);
  const maxBits = isIPv4(address) ? 32 : isIPv6(address) && !address.includes("%") ? 128 : -1;
  return text === `${address}/${bits}` && bits <= maxBits;
}

/** Whether a block is part of another but not all of it; {@link isBlock} is true for both. */
export function isPartOf(part: string, whole: string): boolean {
  const [one, other] = [parts(part), parts(whole)];
  return (
    familyOf(one.address) === familyOf(other.address) && one.bits > other.bits && holds(whole, one.address)
  );
}

/** Whether a block, for which {@link isBlock} is true, holds an address. */
export function holds(block: string, address: string): boolean {
  const { address: first, bits } = parts(block);
  const list = new BlockList();
  list.addSubnet(first, bits, familyOf(first));
  return list.check(address, familyOf(address));
}

/** The block of a single address. */
export function blockOf(address: string): string {
  return `${address}/${isIPv6(address) ? 128 : 32}`;
}

function parts(block: string): { readonly address: string; readonly bits: number } {
  const [address = "", bits = ""] = block.split("/");
  return { address, bits: /^(?:0|[1-9]\d*)$/.test(bits) ? Number(bits) : NaN };
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIPv6(address) ? "ipv6" : "ipv4";
}
