import type { Instance } from "../dev/instances";

/** Outside the gateway's domain: hosts in it are the gateway's. */
export const OAUTH2_PROXY_HOST = "oauth2-proxy.localhost";

/** Host and port at which browsers reach it. */
export function oauth2ProxyHost({ port }: Pick<Instance, "port">): string {
  return `${OAUTH2_PROXY_HOST}:${port}`;
}

/** Where the stub issuer redirects browsers. */
export function oauth2ProxyRedirectUri(instance: Pick<Instance, "port">): string {
  return `http://${oauth2ProxyHost(instance)}/oauth2/callback`;
}
