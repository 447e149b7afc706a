import type { Service } from "@pulumi/kubernetes/core/v1";
import type { Input } from "@pulumi/pulumi";
import type { UpstreamOptions, UpstreamProtocol } from "../../documents/rules/upstreamOptions";
import { isGrpc, ruleUrl, type UpstreamScheme } from "../../documents/oathkeeper/grpc";
import { clusterHost } from "../shared/addresses";
import type { Labels } from "../shared/labels";

/** A Service of this program. */
export interface ServiceUpstream extends UpstreamOptions {
  /** A Service of the same program. */
  readonly service: Service;
  /** Number or name of one of its ports. */
  readonly port: number | string;
  /**
   * How the proxy connects to it; `grpc` is HTTP/2 in cleartext, `grpcs` is HTTP/2 with TLS.
   * @default "http"
   */
  readonly scheme?: UpstreamScheme;
}

/** A Service that something else created. */
export interface NamedUpstream extends UpstreamOptions {
  /** Namespace of the Service. */
  readonly namespace: Input<string>;
  /** Name of the Service. */
  readonly name: Input<string>;
  /** Port of the Service. */
  readonly port: Input<number>;
  /** Labels of the pods behind it, which a NetworkPolicy then isolates. */
  readonly pods: Input<Labels>;
  /** Port of the pods. */
  readonly targetPort: Input<number>;
  /**
   * How the proxy connects to it; `grpc` is HTTP/2 in cleartext, `grpcs` is HTTP/2 with TLS.
   * @default "http"
   */
  readonly scheme?: UpstreamScheme;
}

/** Any other upstream with a URL. No NetworkPolicy can isolate it, so `isolation: "none"` must be set explicitly. */
export interface UrlUpstream extends UpstreamOptions {
  /** Scheme (http, https, grpc or grpcs), host and port, for example `http://192.0.2.7:9090`. */
  readonly url: string;
}

/** The scheme by which the proxy connects to an upstream, as far as it is known. */
export function schemeOf(
  upstream: { readonly url?: string | undefined } | { readonly scheme?: string | undefined },
): string | undefined {
  if ("url" in upstream) return upstream.url?.split(":")[0];
  return ("scheme" in upstream ? upstream.scheme : undefined) ?? "http";
}

/** The URL at which a Rule finds a Service that something else created. */
export function urlOf(upstream: {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
  readonly scheme?: UpstreamScheme;
}): string {
  const { scheme = "http", name, namespace, port } = upstream;
  return ruleUrl(`${scheme}://${clusterHost(name, namespace)}:${port}`);
}

/** How the proxy connects to an upstream, without its address. */
export function optionsOf(
  upstream: ServiceUpstream | NamedUpstream | UrlUpstream,
): UpstreamOptions & UpstreamProtocol {
  const { buffering, credentials, maxBodySize, timeouts, tls } = upstream;
  return {
    ...(isGrpc(schemeOf(upstream)) && { protocol: "grpc" }),
    ...(buffering !== undefined && { buffering }),
    ...(credentials !== undefined && { credentials }),
    ...(maxBodySize !== undefined && { maxBodySize }),
    ...(timeouts !== undefined && { timeouts }),
    ...(tls !== undefined && { tls }),
  };
}
