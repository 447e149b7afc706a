import { Namespace } from "@pulumi/kubernetes/core/v1";
import { Ingress } from "@pulumi/kubernetes/networking/v1";
// A program of your own imports these from "portcullis".
import {
  AccessProxy,
  addressesOf,
  ProtectedService,
  resolveImages,
  RouteAdmission,
  RuleAdmission,
  RuleOperator,
  UpstreamAdmission,
  type GatewayRef,
} from "../../components";

/** A Kratos and a login UI that already exist; docs/library.md lists what they need. */
const kratos = { identityService: "kratos-public", identityNamespace: "identity", identityPort: 80 };
const namespace = new Namespace("proxy", { metadata: { name: "proxy" } }).metadata.name;
const domain = "apps.example.com";
const tls = { secretName: "apps-tls" };
const addresses = addressesOf(domain, tls);
const images = resolveImages("v26.2");
const traefik = {
  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "traefik" } },
  podSelector: { matchLabels: { "app.kubernetes.io/name": "traefik" } },
};
const proxyPods = { "app.kubernetes.io/part-of": "portcullis", "app.kubernetes.io/component": "proxy" };

const operator = new RuleOperator("rules", {
  namespace,
  images,
  crd: "create",
  clients: [{ podSelector: { matchLabels: proxyPods } }],
  metricsFrom: [],
});
new RuleAdmission("rules-admission", { namespace, addresses, sentinel: operator.sentinel });
new UpstreamAdmission("admission", { namespace });
const proxy = new AccessProxy("proxy", {
  namespace,
  images,
  addresses,
  ...kratos,
  rulesUrl: operator.rulesUrl,
  rulesCredentials: operator.rulesCredentials,
  sessionCheck: "5s",
  secondFactor: "off",
  replicas: 2,
  secretsVersion: 1,
  ingressFrom: [traefik],
  metricsFrom: [],
});
new RouteAdmission("admission", { namespace, addresses, proxyService: proxy.service });
// On the login UI's host, where the proxy sends browsers that it does not let through.
const accessDenied = { service: { name: proxy.accessDeniedService, port: { name: "door" } } };
new Ingress("access-denied", {
  metadata: { namespace },
  spec: {
    tls: [{ hosts: [addresses.loginUi.host], secretName: tls.secretName }],
    rules: [
      {
        host: addresses.loginUi.host,
        http: { paths: [{ path: "/portcullis/", pathType: "Prefix", backend: accessDenied }] },
      },
    ],
  },
});

const gateway: GatewayRef = {
  version: 2,
  domain,
  namespace,
  proxy: { namespace, service: proxy.service, port: 4455, pods: proxyPods },
  route: { kind: "ingress" },
  tls,
};
const pods = { "app.kubernetes.io/name": "wiki" };
const upstream = { namespace: "wiki", name: "wiki", port: 80, targetPort: 8080, pods };

export const { url } = new ProtectedService(
  "wiki",
  { gateway, upstream },
  // The operator creates the definition of Rule, and removes deleted Rules.
  { dependsOn: [operator] },
);
