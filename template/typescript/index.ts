import { Config } from "@pulumi/pulumi";
import { AccessGateway, OidcClient } from "portcullis";

const config = new Config();

const staff = new OidcClient("staff", {
  issuerUrl: config.require("issuerUrl"),
  clientId: config.require("clientId"),
  clientSecret: config.requireSecret("clientSecret"),
  admit: { emailDomains: [config.require("emailDomain")] },
});

const access = new AccessGateway("access", {
  domain: config.require("domain"),
  loginProviders: [staff],
  route: {
    kind: "ingress",
    from: [
      {
        namespaceSelector: {
          matchLabels: { "kubernetes.io/metadata.name": config.require("ingressNamespace") },
        },
        podSelector: { matchLabels: { "app.kubernetes.io/name": config.require("ingressApp") } },
      },
    ],
  },
  tls: { issuer: { kind: "ClusterIssuer", name: config.require("clusterIssuer") } },
});

// Register these at the issuer. Then protect services: new ProtectedService("grafana", { gateway: access, upstream }).
export const { callbackUrls } = access;
export const gateway = access.ref;
