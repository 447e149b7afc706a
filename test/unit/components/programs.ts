import { AccessGateway } from "../../../components/accessGateway";
import type { AccessGatewayArgs } from "../../../components/accessGateway/args";
import { OidcClient, type GenericIssuer, type OidcClientArgs } from "../../../components/oidcClient";
import { ProtectedService, type ProtectedServiceArgs } from "../../../components/protectedService";

export const ingressController = {
  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "ingress" } },
};

/** A Service that something else made. */
export const vmagent = {
  namespace: "monitoring",
  name: "vmagent",
  port: 8429,
  targetPort: 18429,
  pods: { app: "vmagent" },
};

export function staff(args: Partial<Extract<OidcClientArgs, GenericIssuer>> = {}): OidcClient {
  return new OidcClient("staff", {
    issuerUrl: "https://id.example.com",
    clientId: "portcullis",
    clientSecret: "the client secret",
    admit: { emailDomains: ["example.com"] },
    ...args,
  });
}

/** A gateway with what has no default, and whatever a test adds. */
export function gateway(args: Partial<AccessGatewayArgs> = {}): AccessGateway {
  return new AccessGateway("access", {
    domain: "apps.example.com",
    loginProviders: args.loginProviders ?? [staff()],
    route: { kind: "ingress", from: [ingressController] },
    tls: "off",
    ...args,
  });
}

/** A service behind a gateway of the same program. */
export function service(
  args: Partial<ProtectedServiceArgs> = {},
  of: Partial<AccessGatewayArgs> = {},
): ProtectedService {
  return new ProtectedService("vmagent", {
    gateway: args.gateway ?? gateway(of),
    upstream: vmagent,
    ...args,
  });
}
