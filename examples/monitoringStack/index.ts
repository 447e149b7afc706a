import { Config } from "@pulumi/pulumi";
// A program of your own imports these from "portcullis".
import { AccessGateway, OidcClient, ProtectedService, type NetworkPolicyPeer } from "../../components";

const staff = new OidcClient("staff", {
  issuerUrl: "https://id.example.com",
  clientId: "portcullis",
  clientSecret: new Config().requireSecret("clientSecret"),
  admit: { emailDomains: ["example.com"] },
});
const inNamespace = (name: string) => ({
  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } },
});
const gateway = new AccessGateway("access", {
  domain: "apps.example.com",
  loginProviders: [staff],
  route: { kind: "ingress", from: [inNamespace("traefik")] },
  tls: { issuer: { kind: "ClusterIssuer", name: "letsencrypt" } },
});

const podsOf = (app: string) => ({ "app.kubernetes.io/name": app });
const peer = (app: string): NetworkPolicyPeer => ({
  ...inNamespace("monitoring"),
  podSelector: { matchLabels: podsOf(app) },
});

/** People come through the proxy; the named apps come straight, without a login, as before. */
const protect = (app: string, port: number, callers: readonly string[]) =>
  new ProtectedService(app, {
    gateway,
    upstream: { namespace: "monitoring", name: app, port, targetPort: port, pods: podsOf(app) },
    isolation: { alsoAllow: callers.map(peer) },
  });

const services = [
  protect("grafana", 3000, ["prometheus"]),
  protect("prometheus", 9090, ["grafana"]),
  // Its replicas tell each other which alerts they have sent.
  protect("alertmanager", 9093, ["alertmanager", "grafana", "prometheus"]),
];

export const urls = services.map(({ url }) => url);
