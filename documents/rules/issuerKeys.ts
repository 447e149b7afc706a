import { nginxPorts } from "./ports";

/** The start of every URL of {@link issuerKeysUrl}. */
export const issuerKeysPrefix = `http://127.0.0.1:${nginxPorts.issuerKeys}/`;

const label = "[a-z0-9]([a-z0-9-]*[a-z0-9])?";
const port = "(:[0-9]+)?";
const path = "/[A-Za-z0-9._~%!$()*+,;:@=/?&-]*";

/** Where keys may be, without the scheme: names, never IP addresses. Over http only at a Service of the cluster. */
export const issuerKeysLocation = {
  https: `(${label}[.])+[a-z]([a-z0-9-]*[a-z0-9])?${port}${path}`,
  http: (namespace = label) => `${label}[.]${namespace}[.]svc${port}${path}`,
} as const;

/** The URL at which the proxy fetches the keys of another URL. */
export function issuerKeysUrl(jwksUrl: string): string {
  return issuerKeysPrefix + jwksUrl.replace("://", "/");
}

/** Stands for the cluster itself in place of an issuer's URL. */
export const serviceAccountsName = "service-accounts";

/** The URL at which the proxy fetches the keys of the cluster's service accounts, wherever they are. */
export const serviceAccountKeysUrl = issuerKeysPrefix + serviceAccountsName;
