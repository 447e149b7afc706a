import { isIP } from "node:net";
import type { Partly } from "../shared/partly";
import { found, type Path, type Problem } from "../shared/problem";
import type { BearerTokens } from "./bearerTokens";
import { ruleUrl } from "./grpc";
import { upstreamProblems } from "./upstream";

/** The URLs of a service that the proxy connects to, besides its upstream's pods. */
export interface OutsideInput {
  readonly upstream?: object | { readonly url?: string | undefined } | undefined;
  readonly machines?: Partly<BearerTokens> | undefined;
}

/**
 * Checks a service of a gateway whose proxy may connect only to pods: any other URL would be a 502, or a token that is
 * never valid.
 */
export function outsideProblems(path: Path, { upstream = {}, machines = {} }: OutsideInput): Problem[] {
  const upstreamPath = path("upstream.url");
  const url = "url" in upstream ? upstream.url : undefined;
  const jwksUrl = "jwksUrl" in machines ? machines.jwksUrl : undefined;
  return [
    // Other checks report unusable URLs.
    ...(url !== undefined && upstreamProblems(upstreamPath, url).length === 0
      ? urlProblems(upstreamPath, url)
      : []),
    ...(jwksUrl === undefined ? [] : urlProblems(path("machines.jwksUrl"), jwksUrl)),
  ];
}

function urlProblems(path: string, url: string): Problem[] {
  if (!URL.canParse(url) || url.includes("@") || isOfCluster(new URL(ruleUrl(url)))) return [];
  const way =
    'in egress.alsoTo.proxy of the gateway: ["internet"] for public addresses by https, otherwise {to: [{ipBlock}], ports}.';
  const [withoutDomain] = /^[a-z]+:\/\/[^./]+\.[^./]+\.svc(?=\.)/.exec(url) ?? [];
  return [
    {
      path,
      value: found(url),
      reason: "is outside the cluster, where the gateway's proxy may not connect",
      fix:
        withoutDomain === undefined
          ? `Allow it ${way}`
          : `Name a Service of the cluster without the cluster's domain, ${found(withoutDomain)}. Allow anything else ${way}`,
    },
  ];
}

/**
 * Names of Services: `grafana`, `grafana.monitoring`, `grafana.monitoring.svc.cluster.local`. Only pods know the cluster's
 * domain, unless it is the usual one.
 */
function isOfCluster({ hostname, protocol }: URL): boolean {
  if (isIP(hostname.replace(/[[\]]/g, "")) !== 0) return false;
  const [, namespace, svc, ...domain] = hostname.replace(/\.$/, "").split(".");
  if (svc === undefined) return namespace === undefined || protocol === "http:";
  return svc === "svc" && ["", "cluster.local"].includes(domain.join("."));
}
