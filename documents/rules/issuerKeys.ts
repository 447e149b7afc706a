import { nginxPorts } from "./ports";

/** What every URL of {@link issuerKeysUrl} begins with. */
export const issuerKeysPrefix = `http://127.0.0.1:${nginxPorts.issuerKeys}/`;

const label = "[a-z0-9]([a-z0-9-]*[a-z0-9])?";
const port = "(:[0-9]+)?";
const path = "/[A-Za-z0-9._~%!$()*+,;:@=/?&-]*";

/** Where keys may be, behind their scheme: names, never bare addresses. Over http only at a Service of the cluster. */
export const issuerKeysLocation = {
  https: `(${label}[.])+[a-z]([a-z0-9-]*[a-z0-9])?${port}${path}`,
  http: (namespace = label) => `${label}[.]${namespace}[.]svc${port}${path}`,
} as const;

/** Where the proxy asks for the keys that are at a URL. */
export function issuerKeysUrl(jwksUrl: string): string {
  return issuerKeysPrefix + jwksUrl.replace("://", "/");
}

/** What stands for the cluster itself in the place of an issuer's URL. */
export const serviceAccountsName = "service-accounts";

/** Where the proxy asks for the keys of the cluster's service accounts, wherever those are. */
export const serviceAccountKeysUrl = issuerKeysPrefix + serviceAccountsName;
