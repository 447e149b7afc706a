import { AccessGateway } from "../../../components/accessGateway";
import type { AccessGatewayArgs } from "../../../components/accessGateway/args";
import type { GatewayRef } from "../../../components/gatewayRef";
import { OidcClient, type GenericIssuer, type OidcClientArgs } from "../../../components/oidcClient";
import { ProtectedService, type ProtectedServiceArgs } from "../../../components/protectedService";

export const ingressController = {
  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "ingress" } },
};

/** A Service that the program did not make. */
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

/** A gateway with the arguments that have no default, and those that a test adds. */
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

/** A gateway's proxy as a peer in a NetworkPolicy. */
export const proxyPeer = {
  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "portcullis" } },
  podSelector: {
    matchLabels: { "app.kubernetes.io/part-of": "portcullis", "app.kubernetes.io/component": "proxy" },
  },
};

/** The gateway of another stack. */
export const ofOtherStack: GatewayRef = {
  version: 2,
  domain: "apps.example.com",
  namespace: "portcullis",
  proxy: {
    namespace: "portcullis",
    service: "access-proxy",
    port: 4455,
    pods: proxyPeer.podSelector.matchLabels,
  },
  route: {},
  tls: "off",
};
