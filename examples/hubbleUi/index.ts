import { Config } from "@pulumi/pulumi";
// A program of your own imports these from "portcullis".
import { AccessGateway, OidcClient, ProtectedService } from "../../components";

const staff = new OidcClient("staff", {
  issuerUrl: "https://id.example.com",
  clientId: "portcullis",
  clientSecret: new Config().requireSecret("clientSecret"),
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

// Hubble UI as Cilium's chart installs it. It shows every connection in the cluster and asks nobody for a password.
const hubble = new ProtectedService("hubble-ui", {
  gateway,
  hosts: ["hubble.apps.example.com"],
  upstream: {
    namespace: "kube-system",
    name: "hubble-ui",
    port: 80,
    targetPort: 8081,
    pods: { "k8s-app": "hubble-ui" },
  },
  access: { emails: ["alice@example.com", "bob@example.com"] },
});

export const { url } = hubble;
