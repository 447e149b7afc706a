import { Config } from "@pulumi/pulumi";
// A program of your own imports these from "portcullis".
import { AccessGateway, OidcClient, ProtectedService } from "../../components";

const config = new Config();
const staff = new OidcClient("staff", {
  issuerUrl: "https://id.example.com",
  clientId: "portcullis",
  clientSecret: config.requireSecret("clientSecret"),
  admit: { emailDomains: ["example.com"] },
});
const traefik = {
  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "traefik" } },
  podSelector: { matchLabels: { "app.kubernetes.io/name": "traefik" } },
};
const gateway = new AccessGateway("access", {
  domain: "apps.example.com",
  loginProviders: [staff],
  route: { kind: "ingress", from: [traefik] },
  tls: { issuer: { kind: "ClusterIssuer", name: "letsencrypt" } },
  // Somebody else creates the namespace, with the password's Secret in it.
  namespace: { name: "access", create: false },
  // An empty database and its owner must exist; the migration creates the tables.
  database: {
    kind: "external",
    host: "postgres.example.com",
    port: 5432,
    database: "kratos",
    user: "kratos",
    password: { secretName: "database", key: "password" },
    sslMode: "verify-full",
    caCertificate: config.require("databaseCa"),
  },
});
const pods = { "app.kubernetes.io/name": "wiki" };
const upstream = { namespace: "wiki", name: "wiki", port: 80, targetPort: 8080, pods };

export const { url } = new ProtectedService("wiki", { gateway, upstream });
