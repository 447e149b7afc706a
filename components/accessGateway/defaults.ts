import { defaultSessionCookie } from "../../documents/shared/cookies";

/** Default values of a gateway's arguments; the settings' schema and the documentation state the same ones. */
export const gatewayDefaults = {
  namespace: "portcullis",
  release: "v26.2",
  replicas: 2,
  database: { kind: "inCluster" },
  session: {
    lifespan: "24h",
    checkCache: "5s",
    onePerUser: false,
    sameSite: "Lax",
    cookieName: defaultSessionCookie,
  },
  leavers: "off",
  secondFactor: "off",
  loginUi: { kind: "portcullis" },
  crd: "create",
  secretsVersion: 1,
  insecureDevMode: false,
  unprotectedHosts: [],
  metricsFrom: [],
} as const;

/** Name of a gateway's namespace; a stack's file may give the name alone. */
export function namespaceName(
  namespace: string | { readonly name?: string | undefined } | undefined,
): string {
  return typeof namespace === "string" ? namespace : (namespace?.name ?? gatewayDefaults.namespace);
}
