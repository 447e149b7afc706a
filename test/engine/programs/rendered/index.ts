import { Provider } from "@pulumi/kubernetes";
import { Config } from "@pulumi/pulumi";
import { AccessGateway, OidcClient, ProtectedService } from "../../../../components";

const config = new Config();
const provider = new Provider("files", {
  renderYamlToDirectory: config.require("folder"),
  // Instead of the environment's kubeconfig, which this mode rejects.
  kubeconfig: config.get("kubeconfig") ?? "",
});
const traefik = { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "traefik" } } };

const gateway = new AccessGateway(
  "access",
  {
    domain: "apps.example.com",
    loginProviders: [
      new OidcClient("staff", {
        issuerUrl: "https://id.example.com",
        clientId: "portcullis",
        clientSecret: config.requireSecret("clientSecret"),
        admit: { emailDomains: ["example.com"] },
      }),
    ],
    database: { kind: "inCluster", storage: "1Gi", backup: { storage: "1Gi" } },
    smtp: { uri: config.requireSecret("smtpUri"), from: "login@example.com", recovery: true },
    route: { kind: "ingress", from: [traefik] },
    tls: "external",
    serviceAccountIssuer: "https://kubernetes.default.svc.cluster.local",
    secretsVersion: 2,
  },
  { provider },
);
new ProtectedService("grafana", {
  gateway,
  upstream: {
    namespace: "monitoring",
    name: "grafana",
    port: 80,
    targetPort: 3000,
    pods: { "app.kubernetes.io/name": "grafana" },
  },
  identity: "signedJwt",
});
