import { Config } from "@pulumi/pulumi";
// A program of your own imports these from "portcullis".
import { AccessGateway, OidcClient, ProtectedService } from "../../components";

const staff = new OidcClient("staff", {
  issuerUrl: "https://id.example.com",
  clientId: "portcullis",
  clientSecret: new Config().requireSecret("staffClientSecret"),
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
});
const pods = { "app.kubernetes.io/name": "prometheus" };
const prometheus = new ProtectedService("prometheus", {
  gateway,
  upstream: { namespace: "monitoring", name: "prometheus", port: 9090, targetPort: 9090, pods },
});

/** The redirect URI to register at the login provider. */
export const { callbackUrls } = gateway;
export const { url } = prometheus;
