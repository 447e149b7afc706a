import { helm } from "@pulumi/kubernetes";
import { Config } from "@pulumi/pulumi";
// A program of your own imports these from "portcullis".
import { AccessGateway, OidcClient, ProtectedService, routesToProxy } from "../../components";

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

// The chart's Ingress keeps what the chart and these values say about it, but leads to the proxy.
new helm.v4.Chart(
  "grafana",
  {
    chart: "oci://ghcr.io/grafana/helm-charts/grafana",
    namespace: "monitoring",
    values: {
      ingress: {
        enabled: true,
        hosts: ["grafana.apps.example.com"],
        annotations: { "cert-manager.io/cluster-issuer": "letsencrypt" },
        tls: [{ hosts: ["grafana.apps.example.com"], secretName: "grafana-tls" }],
      },
    },
  },
  { transforms: [routesToProxy(gateway)] },
);
const grafana = new ProtectedService("grafana", {
  gateway,
  route: "none",
  upstream: {
    namespace: "monitoring",
    name: "grafana",
    port: 80,
    targetPort: 3000,
    pods: { "app.kubernetes.io/name": "grafana" },
  },
});

export const { url } = grafana;
