import type { Service } from "@pulumi/kubernetes/core/v1";
import type { UpstreamOptions } from "../../documents/nginx/upstreamOptions";
import { clusterHost } from "../shared/addresses";
import type { Labels } from "../shared/labels";

/** A Service of this program. */
export interface ServiceUpstream extends UpstreamOptions {
  /** A Service of the same program. */
  readonly service: Service;
  /** Number or name of one of its ports. */
  readonly port: number | string;
  /** @default "http" */
  readonly scheme?: "http" | "https";
}

/** A Service that something else made. */
export interface NamedUpstream extends UpstreamOptions {
  /** Namespace of the Service. */
  readonly namespace: string;
  /** Name of the Service. */
  readonly name: string;
  /** Port of the Service. */
  readonly port: number;
  /** Labels of the pods behind it, which a NetworkPolicy then isolates. */
  readonly pods: Labels;
  /** Port of the pods. */
  readonly targetPort: number;
  /** @default "http" */
  readonly scheme?: "http" | "https";
}

/** Anything with a URL. No NetworkPolicy can isolate it, which `isolation: "none"` has to say out loud. */
export interface UrlUpstream extends UpstreamOptions {
  /** Scheme, host and port, for example `http://192.0.2.7:9090`. */
  readonly url: string;
}

/** Where the proxy finds a Service that something else made. */
export function urlOf(upstream: Pick<NamedUpstream, "namespace" | "name" | "port" | "scheme">): string {
  const { scheme = "http", name, namespace, port } = upstream;
  return `${scheme}://${clusterHost(name, namespace)}:${port}`;
}

/** How the proxy asks an upstream, without where it is. */
export function optionsOf(upstream: UpstreamOptions): UpstreamOptions {
  const { buffering, credentials, maxBodySize, timeouts, tls } = upstream;
  return {
    ...(buffering !== undefined && { buffering }),
    ...(credentials !== undefined && { credentials }),
    ...(maxBodySize !== undefined && { maxBodySize }),
    ...(timeouts !== undefined && { timeouts }),
    ...(tls !== undefined && { tls }),
  };
}
