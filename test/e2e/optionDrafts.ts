import { writtenOptions } from "../../documents/rules/upstreamOptions";

/** What a gateway keeps for upstreams: a secret header for one namespace, one for another, and authorities. */
export function keptFor(namespace: string): object {
  const mine = { kind: "header", secretName: "team", key: "key", namespaces: [namespace] };
  const credentials = { mine, others: { ...mine, namespaces: ["others"] } };
  return { authorities: { internal: { secretName: "internal", key: "ca.crt" } }, credentials };
}

/** What the library writes for a service of that namespace. */
export const admittedOptions: readonly object[] = [
  { tlsVerify: "off" },
  writtenOptions({
    timeouts: { connect: "2s", read: "5m", send: "1h" },
    tls: { serverName: "grafana.example.com", authorities: "internal" },
    maxBodySize: "20m",
    buffering: true,
    credentials: "mine",
  }) ?? {},
];

const noOption = /noop says how|no such overload/;
const notGranted = /something that the gateway does not have/;

/** Options that somebody might write by hand, and why they are refused. */
export const refusedOptions: readonly (readonly [string, object, RegExp])[] = [
  ["an option that is none", { proxyPass: "x" }, noOption],
  ["an option that is more than a word", { readTimeout: "5s; deny all" }, noOption],
  ["an option that is no text", { buffering: true }, noOption],
  ["another namespace's secret header", { credentialsName: "others" }, notGranted],
  ["a secret header that is none", { credentialsName: "nobodys" }, notGranted],
  ["authorities that are none", { tlsAuthorities: "nobodys" }, notGranted],
  ["a client certificate that is none", { tlsClientCertificate: "nobodys" }, notGranted],
];
