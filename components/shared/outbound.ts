import type { core } from "@pulumi/kubernetes/types/input";
import { referenceProblems } from "../../documents/shared/kubernetesNames";
import { found, ofKnown, within, type Path, type Problem } from "../../documents/shared/problem";
import { authoritiesProblems, type AuthoritiesSource } from "./authorities";
import { fromSecret, type SecretReference } from "./clientSecret";
import type { EgressArgs } from "./egress";
import type { Known } from "./known";

/** What lies between a gateway and its login providers. */
export interface OutboundArgs {
  /**
   * HTTP proxy by which the identity server connects to login providers, as `http://proxy.example.com:3128`; the key of a
   * Secret where the URL has a password. Its pods or addresses have to be in `egress.alsoTo.identityServer`, and nothing
   * else of the internet is open to the identity server then.
   * @default none
   * @see https://pkg.go.dev/net/http#ProxyFromEnvironment
   */
  readonly httpsProxy?: string | SecretReference;
  /**
   * What is asked without the proxy, besides the cluster's own names: hosts, `.example.com` for all below one, addresses
   * and CIDRs.
   * @default nothing
   */
  readonly noProxy?: readonly string[];
  /**
   * Certificate authorities of login providers, and of the issuers of bearer tokens, besides the public ones. Pods read
   * them when they start.
   * @default none
   */
  readonly authorities?: AuthoritiesSource;
}

/** Names of the cluster itself. */
const ownNames = [".svc", ".svc.cluster.local", "localhost", "127.0.0.1", "::1"];

/** What tells a server written in Go of a proxy, as environment variables. */
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

/** Checks what lies between, and that the proxy can be reached at all. */
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
  if (typeof proxy !== "string") return referenceProblems((key) => `${path}.${key}`, proxy);
  const url = URL.canParse(proxy) ? new URL(proxy) : undefined;
  if (url?.username || url?.password)
    return [
      {
        path,
        value: "a URL with a password",
        reason: "would be in the state and in the pods' specification",
        fix: "Put the URL into a Secret of the gateway's namespace, and write {secretName, key}.",
      },
    ];
  if (url === undefined || !/^https?:\/\/[^/?#]+\/?$/.test(proxy))
    return [
      {
        path,
        value: found(proxy),
        reason: "is not the URL of an HTTP proxy",
        fix: 'Write its scheme, host and port, for example "http://proxy.example.com:3128".',
      },
    ];
  const isOpen = egress === "off" || (egress?.alsoTo?.identityServer ?? []).length > 0;
  if (isOpen) return [];
  return [
    {
      path,
      value: found(proxy),
      reason: "cannot be reached: the identity server may connect to nothing but its database",
      fix: "Name its pods or addresses in egress.alsoTo.identityServer, for example [{to: [{ipBlock: {cidr: 10.0.0.8/32}}], ports: [3128]}].",
    },
  ];
}

function noProxyProblems(path: Path, names: readonly (string | undefined)[], hasNoProxy: boolean): Problem[] {
  if (hasNoProxy)
    return [
      {
        path: path("noProxy"),
        value: found(names),
        reason: "is an exception from no proxy",
        fix: "Say httpsProxy too, or leave it out.",
      },
    ];
  return names.flatMap((name, at) =>
    name === undefined || /^(?!.*\/\/)[A-Za-z0-9.:*[\]/_-]+$/.test(name)
      ? []
      : [
          {
            path: path(`noProxy[${at}]`),
            value: found(name),
            reason: "is no host, address or CIDR",
            fix: 'Write one in each item, without a scheme, for example ".example.com" or "10.0.0.0/8".',
          },
        ],
  );
}
