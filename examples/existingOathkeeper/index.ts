// A program of your own imports these from "portcullis".
import { ProtectedService, type GatewayRef } from "../../components";

/** An Oathkeeper with its Maester that are already there; docs/library.md says what they must be like. */
const gateway: GatewayRef = {
  version: 1,
  domain: "apps.example.com",
  namespace: "ory",
  proxyService: "oathkeeper-proxy",
  route: { kind: "ingress", className: "nginx" },
  tls: { issuer: { kind: "ClusterIssuer", name: "letsencrypt" } },
};
const oathkeeper = {
  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "ory" } },
  podSelector: { matchLabels: { "app.kubernetes.io/name": "oathkeeper" } },
};
const pods = { "app.kubernetes.io/name": "wiki" };
const upstream = { namespace: "wiki", name: "wiki", port: 80, targetPort: 8080, pods };

export const { url } = new ProtectedService("wiki", {
  gateway,
  upstream,
  isolation: { alsoAllow: [oathkeeper] },
});
