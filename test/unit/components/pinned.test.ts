import type { AccessGatewayArgs } from "../../../components/accessGateway/args";
import type { GatewayRef } from "../../../components/gatewayRef";
import { authority } from "../authority";
import { OidcClient } from "../../../components/oidcClient";
import { ProtectedService, type ProtectedServiceArgs } from "../../../components/protectedService";
import { assertPinned } from "../documents/pinned";
import { run } from "../mocks";
import { manifests } from "./manifests";
import { gateway, ingressController, staff, vmagent } from "./programs";

const prometheus = {
  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "monitoring" } },
  podSelector: { matchLabels: { "app.kubernetes.io/name": "prometheus" } },
};

/** Every argument of a gateway that adds something, as far as they can be combined. */
function everything(): Partial<AccessGatewayArgs> {
  const identities = [{ subject: "583231", email: "octocat@example.com" }];
  const contractors = new OidcClient("contractors", {
    kind: "github",
    clientId: "Ov23liXkQyP1nRtVb7Ms",
    clientSecret: { secretName: "github-client", key: "secret" },
    admit: "closed",
    identities,
  });
  return {
    loginProviders: [staff({ label: "Staff", pkce: "force", scopes: ["openid", "email"] }), contractors],
    namespace: { name: "login", create: true },
    database: {
      kind: "inCluster",
      storage: "20Gi",
      storageClass: "fast",
      backup: { schedule: "5 4 * * *", keep: 3, storage: "40Gi", storageClass: "slow" },
    },
    route: {
      kind: "ingress",
      className: "traefik",
      from: [ingressController],
      annotations: { "example.com/note": "of every route" },
      wildcard: true,
    },
    tls: { issuer: { kind: "ClusterIssuer", name: "letsencrypt" } },
    session: { lifespan: "12h", checkCache: "10s", onePerUser: true },
    secondFactor: "required",
    smtp: { uri: "smtps://mail.example.com:465", from: "login@example.com", recovery: true },
    replicas: 3,
    images: { registry: "registry.example.com", pullSecrets: ["registry"] },
    metricsFrom: [prometheus],
    monitoring: { serviceMonitors: true, alerts: true, dashboard: true, labels: { release: "monitoring" } },
    secretsVersion: 2,
    signInLimits: { trustedHops: 2, starts: { perMinute: 60, burst: 20 } },
    egress: {
      dns: [{ to: [{ ipBlock: { cidr: "169.254.20.10/32" } }], ports: [53] }],
      alsoTo: { identityServer: [{ to: [prometheus], ports: [8080] }], proxy: ["internet"] },
    },
    tracing: {
      collector: { namespace: "observability", name: "collector", port: 80, pods: { app: "collector" } },
      samplingRatio: 0.1,
    },
    outbound: {
      httpsProxy: { secretName: "egress-proxy", key: "url" },
      noProxy: [".internal.example.com"],
      authorities: { configMapName: "internal-ca", key: "ca.crt" },
    },
    unprotectedHosts: [{ host: "status.apps.example.com", namespace: "status" }],
    serviceAccountIssuer: "https://kubernetes.default.svc.cluster.local",
    groups: { sre: { emails: ["Alice@example.com"], domains: ["sre.example.com"] } },
    upstreams: {
      authorities: {
        given: { pem: authority },
        internal: { configMapName: "internal-ca", key: "ca.crt" },
        mesh: { secretName: "mesh-ca", key: "ca.crt" },
      },
      clientCertificates: { mesh: { secretName: "proxy-mesh" } },
      credentials: {
        grafana: { kind: "basic", secretName: "grafana-admin", namespaces: ["team-a"] },
        metrics: { kind: "header", secretName: "metrics", key: "token", prefix: "Bearer " },
      },
    },
    patches: {
      identityServer: { template: { spec: { priorityClassName: "identity" } } },
      loginUi: { template: { spec: { priorityClassName: "login-ui" } } },
      proxy: { template: { spec: { priorityClassName: "proxy" } } },
      ruleOperator: { template: { spec: { priorityClassName: "rules" } } },
    },
  };
}

const gatewayApi = {
  kind: "gatewayApi",
  parentRef: { namespace: "gateways", name: "public", sectionName: "https" },
  namespaces: ["team-a"],
} as const;

const proxyPods = { "app.kubernetes.io/part-of": "portcullis", "app.kubernetes.io/component": "proxy" };
const otherStack: GatewayRef = {
  version: 2,
  domain: "apps.example.com",
  namespace: "portcullis",
  proxy: { namespace: "portcullis", service: "access-proxy", port: 4455, pods: proxyPods },
  route: gatewayApi,
  tls: "external",
};

/** One service of each form. */
const services: Readonly<Record<string, Omit<ProtectedServiceArgs, "gateway">>> = {
  plain: { upstream: vmagent },
  url: { upstream: { url: "https://status.example.com/wiki" }, isolation: "none", preserveHost: false },
  path: {
    upstream: vmagent,
    hosts: ["tools.apps.example.com"],
    paths: ["/agent"],
    stripPath: true,
    publicPaths: [{ path: "/agent/healthz", match: "exact" }],
  },
  visitors: {
    upstream: vmagent,
    hosts: ["metrics.apps.example.com", "agent.apps.example.com"],
    access: { emails: ["alice@example.com"], domains: ["ops.example.com"] },
    publicPaths: [
      { path: "/healthz", match: "exact" },
      { path: "/static", match: "prefix", methods: ["GET", "HEAD"] },
    ],
    methods: ["GET", "HEAD", "POST"],
    isolation: { alsoAllow: [prometheus] },
  },
  program: {
    upstream: vmagent,
    machines: {
      issuer: "https://token.actions.githubusercontent.com",
      audience: "metrics",
      jwksUrl: "https://token.actions.githubusercontent.com/.well-known/jwks",
      claims: { repository: ["example/deploy", "example/infrastructure"] },
    },
  },
  signed: { upstream: vmagent, identity: "signedJwt", headers: { "X-Scope-OrgID": "team-a" } },
  asked: {
    upstream: {
      ...vmagent,
      scheme: "https",
      timeouts: { connect: "2s", read: "5m", send: "30s" },
      tls: { serverName: "vmagent.example.com", authorities: "internal", clientCertificate: "mesh" },
      maxBodySize: "20m",
      buffering: true,
      credentials: "grafana",
    },
  },
  patched: {
    upstream: vmagent,
    annotations: { "example.com/note": "of this route" },
    patches: {
      route: { metadata: { labels: { patched: "route" } } },
      rule: { metadata: { labels: { patched: "rule" } } },
      networkPolicy: { metadata: { labels: { patched: "policy" } } },
    },
  },
};

describe("what is deployed", () => {
  const pinned = async (file: string, program: () => unknown) => {
    const { made } = await run(program);
    assertPinned(file, manifests(made), __dirname);
  };

  it("is the pinned gateway, with only the required arguments", () =>
    pinned("gateway.yaml", () => gateway()));

  it("is the pinned gateway with everything on", () =>
    pinned("gateway-everything.yaml", () => gateway(everything())));

  it("is the pinned gateway of release set v1.3 on a Gateway API, with an external database", () =>
    pinned("gateway-external.yaml", () =>
      gateway({
        release: "v1.3",
        crd: "existing",
        namespace: { name: "login", create: false },
        database: {
          kind: "external",
          host: "postgres.example.com",
          port: 5432,
          database: "kratos",
          user: "kratos",
          password: "the database's password",
          sslMode: "verify-full",
          caCertificate: authority,
        },
        route: { ...gatewayApi, from: [ingressController] },
        tls: "external",
        replicas: 1,
        session: { checkCache: "off" },
      }),
    ));

  it("is the pinned service of each form, behind an Ingress", () =>
    pinned("services.yaml", () => {
      const ref: GatewayRef = { ...otherStack, route: { kind: "ingress", className: "traefik" }, tls: "off" };
      for (const [name, args] of Object.entries(services))
        new ProtectedService(name, { gateway: ref, ...args });
    }));

  it("is the pinned service of a team, behind a Gateway", () =>
    pinned("services-gateway-api.yaml", () => {
      new ProtectedService("grafana", { gateway: otherStack, namespace: "team-a", upstream: vmagent });
    }));
});
