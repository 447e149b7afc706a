import type { core } from "@pulumi/kubernetes/types/input";
import { referenceProblems } from "../../documents/shared/kubernetesNames";
import { found, ofKnown, within, type Path, type Problem } from "../../documents/shared/problem";
import { authoritiesProblems, type AuthoritiesSource } from "./authorities";
import { fromSecret, type SecretReference } from "./clientSecret";
import type { EgressArgs } from "./egress";
import type { Known } from "./known";

/** What a gateway needs to reach its login providers. */
export interface OutboundArgs {
  /**
   * HTTP proxy through which the identity server connects to login providers, for example
   * `http://proxy.example.com:3128`; the key of a Secret if the URL has a password. Its pods or addresses must be in
   * `egress.alsoTo.identityServer`; the identity server can then reach nothing else on the internet.
   * @default none
   * @see https://pkg.go.dev/net/http#ProxyFromEnvironment
   */
  readonly httpsProxy?: string | SecretReference;
  /**
   * What is reached without the proxy, besides the cluster's own names: hosts, `.example.com` for all hosts below one,
   * addresses and CIDRs.
   * @default nothing
   */
  readonly noProxy?: readonly string[];
  /**
   * Certificate authorities of login providers, and of the issuers of bearer tokens, in addition to the public ones.
   * Pods read them when they start.
   * @default none
   */
  readonly authorities?: AuthoritiesSource;
}

/** Names of the cluster itself. */
const ownNames = [".svc", ".svc.cluster.local", "localhost", "127.0.0.1", "::1"];

/** The environment variables that tell a server written in Go to use a proxy. */
export function proxySettings<Proxy>(httpsProxy: Proxy, noProxy: readonly string[]) {
  return { HTTPS_PROXY: httpsProxy, NO_PROXY: [...ownNames, ...noProxy].join(",") } as const;
}

/** The same for a container. */
export function proxyVariables({ httpsProxy, noProxy = [] }: OutboundArgs): core.v1.EnvVar[] {
  if (httpsProxy === undefined) return [];
  return Object.entries(proxySettings(httpsProxy, noProxy)).map(([name, value]) =>
    typeof value === "string" ? { name, value } : fromSecret(name, value),
  );
}

/** Checks the outbound settings, and that the proxy can be reached at all. */
export function outboundProblems(
  path: Path,
  { authorities, httpsProxy, noProxy }: Known<OutboundArgs>,
  egress: Known<EgressArgs> | "off" | undefined,
): Problem[] {
  return [
    ...ofKnown(authorities, (from) => authoritiesProblems(within(path, "authorities"), from)),
    ...ofKnown(httpsProxy, (proxy) => proxyProblems(path("httpsProxy"), proxy, egress)),
    ...ofKnown(noProxy, (names) => noProxyProblems(path, names, httpsProxy === undefined)),
  ];
}

function proxyProblems(
  path: string,
  proxy: string | Known<SecretReference>,
  egress: Known<EgressArgs> | "off" | undefined,
): Problem[] {
  const ofForm =
    typeof proxy === "string"
      ? proxyUrlProblems(path, proxy)
      : referenceProblems((key) => `${path}.${key}`, proxy);
  const isOpen = egress === "off" || (egress?.alsoTo?.identityServer ?? []).length > 0;
  if (ofForm.length > 0 || isOpen) return ofForm;
  return [
    {
      path,
      value: found(proxy),
      reason: "cannot be reached: the identity server may connect to nothing but its database",
      fix: "Name its pods or addresses in egress.alsoTo.identityServer, for example [{to: [{ipBlock: {cidr: 10.0.0.8/32}}], ports: [3128]}].",
    },
  ];
}

function proxyUrlProblems(path: string, proxy: string): Problem[] {
  // Without a scheme, or with a sign that should be encoded, such a URL is not read as one with a password.
  if (proxy.includes("@"))
    return [
      {
        path,
        value: "a URL with a password",
        reason: "would be in the state and in the pods' specification",
        fix: "Put the URL into a Secret of the gateway's namespace, and write {secretName, key}.",
      },
    ];
  if (URL.canParse(proxy) && /^https?:\/\/[^/?#]+\/?$/.test(proxy)) return [];
  return [
    {
      path,
      value: found(proxy),
      reason: "is not the URL of an HTTP proxy",
      fix: 'Write its scheme, host and port, for example "http://proxy.example.com:3128".',
    },
  ];
}

function noProxyProblems(path: Path, names: readonly (string | undefined)[], hasNoProxy: boolean): Problem[] {
  if (hasNoProxy)
    return [
      {
        path: path("noProxy"),
        value: found(names),
        reason: "lists exceptions, but there is no proxy",
        fix: "Set httpsProxy too, or leave it out.",
      },
    ];
  return names.flatMap((name, at) =>
    name === undefined || /^(?!.*\/\/)[A-Za-z0-9.:*[\]/_-]+$/.test(name)
      ? []
      : [
          {
            path: path(`noProxy[${at}]`),
            value: found(name),
            reason: "is not a host, address or CIDR",
            fix: 'Write one in each item, without a scheme, for example ".example.com" or "10.0.0.0/8".',
          },
        ],
  );
}
