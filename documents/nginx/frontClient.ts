import { defaultSignInLimits, type EffectiveSignInLimits } from "../kratos/signInLimits";

/**
 * The client's address, in the context `http`: Kratos stores `$client_address` with a session; `$client` is counted and
 * logged. If the value is no address, the address that connects is used: a client cannot pass for another one by sending a
 * text.
 */
export function clientContext(limits: EffectiveSignInLimits): string {
  const { trustedHops } = limits === "off" ? defaultSignInLimits : limits;
  const group = "[0-9a-f]{1,4}";
  const hop =
    trustedHops === 0
      ? ""
      : `    "~(?:^|,)\\s*([^,\\s]+)\\s*(?:,[^,]*){${trustedHops - 1}}$" $1;
`;
  return `  map $http_x_forwarded_for $client_address {
${hop}    default $remote_addr;
  }
  # An IPv4 address without its port, or the network of an IPv6 one, as RFC 5952 writes it: zeros of the network are spelled out
  # only where there is a longer run of them behind it.
  map $client_address $client {
    "~^(?:::ffff:)?(\\d+\\.\\d+\\.\\d+\\.\\d+)(?::\\d+)?$" $1;
    "~*^\\[?(${group}(?::${group})??):0:0:" "$1::";
    "~*^\\[?(${group}(?::${group}){2}):0:" "$1::";
    "~*^\\[?(${group}(?::${group}){3}):" $1;
    "~*^\\[?([0-9a-f:]*?)::" "$1::";
    default $remote_addr;
  }
`;
}
