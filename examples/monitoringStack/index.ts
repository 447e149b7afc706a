import { Config } from "@pulumi/pulumi";
// A program of your own imports these from "portcullis".
import { AccessGateway, OidcClient, ProtectedService, type NetworkPolicyPeer } from "../../components";

const staff = new OidcClient("staff", {
  issuerUrl: "https://id.example.com",
  clientId: "portcullis",
  clientSecret: new Config().requireSecret("clientSecret"),
  admit: { emailDomains: ["example.com"] },
});
const podsOf = (app: string) => ({ "app.kubernetes.io/name": app });
const peer = (namespace: string, app: string): NetworkPolicyPeer => ({
  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
  podSelector: { matchLabels: podsOf(app) },
});
const gateway = new AccessGateway("access", {
  domain: "apps.example.com",
  loginProviders: [staff],
  route: { kind: "ingress", from: [peer("traefik", "traefik")] },
  tls: { issuer: { kind: "ClusterIssuer", name: "letsencrypt" } },
});

/** People come through the proxy; the named apps connect directly, without a login, as before. */
const protect = (app: string, port: number, callers: readonly string[]) =>
  new ProtectedService(app, {
    gateway,
    upstream: { namespace: "monitoring", name: app, port, targetPort: port, pods: podsOf(app) },
    isolation: { alsoAllow: callers.map((app) => peer("monitoring", app)) },
  });

const services = [
  protect("grafana", 3000, ["prometheus"]),
  protect("prometheus", 9090, ["grafana"]),
  // Its replicas tell each other which alerts they have sent.
  protect("alertmanager", 9093, ["alertmanager", "grafana", "prometheus"]),
];

export const urls = services.map(({ url }) => url);
