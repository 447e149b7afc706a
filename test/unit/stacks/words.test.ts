import { describeProblem } from "../../../documents/shared/problem";
import { vmagent } from "../components/programs";
import { assertPinned } from "../documents/pinned";
import { asEngine, devConfig, refusal } from "./configuration";
import { ofGateway, ofService } from "./mistakes";

const google = { id: "google", kind: "google", hostedDomain: "example.com" };
const inSecretManager = { project: "login-prod", secretId: "google-client" };
const staff = {
  id: "staff",
  issuerUrl: "https://id.example.com",
  clientId: "portcullis",
  admit: { emailDomains: ["example.com"] },
};
const reference = { secretName: "staff-client", key: "secret" };
const identity = { subject: "583231", email: "octocat@example.com" };

/** Login providers with mistakes. */
const ofProviders: readonly (readonly object[])[] = [
  [],
  [{ ...staff, id: "Staff" }],
  [staff, staff],
  [{ ...staff, clientId: " portcullis" }],
  [{ ...staff, issuerUrl: "http://id.example.com" }],
  [{ ...staff, issuerUrl: "https://u:p@id.example.com?a" }],
  [{ ...staff, admit: {} }],
  [{ ...staff, admit: { emailDomains: ["@example.com"], emails: ["alice"], workspaceDomains: [] } }],
  [{ ...staff, admit: { emails: ["a@example.com"], groups: ["sre", "A b"] } }],
  [{ ...staff, admit: "closed" }],
  [{ ...staff, admit: "closed", identities: [{ ...identity, email: "octocat" }, identity, identity] }],
  [{ ...staff, identities: [identity] }],
  [{ ...staff, scopes: ["email"] }],
  [{ ...staff, kind: "github", admit: { workspaceDomains: ["example.com"] } }],
  [{ ...staff, kind: "microsoft", tenant: "common" }],
  [{ ...staff, kind: "gitlab", issuerUrl: "http://git.example.com" }],
  [{ ...staff, kind: "facebook" }],
  [{ ...google, clientId: "portcullis" }],
  [{ ...google, hostedDomain: "x" }],
  [{ ...google, secretManager: inSecretManager, clientSecret: reference }],
  [{ ...google, secretManager: { ...inSecretManager, payload: "secretOnly" } }],
  [
    {
      ...google,
      secretManager: inSecretManager,
      store: { ...inSecretManager, accessors: { all: "allUsers" } },
    },
  ],
];

/** Mistakes that a stack's file reports in its own way, or that only a whole file can have. */
const ofFile: readonly object[] = [
  { domain: "localhost" },
  { domain: "com" },
  { domain: "Apps.Example.com" },
  { domain: "apps.example.com", loginProviders: [staff], tls: "off" },
  { replicas: "two" },
  { colour: "red" },
  { route: { kind: "gateway" } },
  { route: { kind: "gatewayApi", from: [] } },
  { tls: "on" },
  { database: { kind: "cloudNativePg" } },
  {
    database: {
      kind: "cloudNativePg",
      backup: { volumeSnapshotClass: "Csi", schedule: "daily" },
      instances: 0,
    },
  },
  { database: { kind: "cloudSql", region: "here", network: "main", tier: "db-f1", keepBackups: 0 } },
  { database: { kind: "inCluster", storage: "much", backup: { schedule: "daily", encryptTo: "me" } } },
  { smtp: { from: "login@example.com" } },
  { smtp: { from: "Login <a@b.example>" }, smtpUri: "smtps://mail.example.com:465" },
  { databasePassword: "of nothing" },
  { "clientSecret.nobody": "of nothing" },
  { signInLimits: { trustedHops: 0, starts: { perMinute: 0, burst: -1 } } },
  {
    images: {
      registry: "https://registry.example.com/",
      override: { postgres: "postgres:latest", nginx: "n@sha256:1" },
    },
  },
  { unprotectedHosts: [{ host: "*.apps.example.com", namespace: "A b" }] },
  { egress: { alsoTo: { proxy: [{ to: [{ ipBlock: { cidr: "0.0.0.0/0" } }], ports: [0] }] } } },
  { egress: { alsoTo: { proxy: [{ to: [{ namespaceSelector: { matchLabels: {} } }] }] } } },
  { monitoring: { serviceMonitors: false, alerts: true, labels: { "a b": "c" } } },
  {
    egress: {
      alsoTo: { proxy: [{ to: [{ ipBlock: { cidr: "169.254.0.0/16" } }, {}, { podSelector: {} }] }] },
    },
  },
  {
    upstreams: {
      authorities: { internal: { pem: "no certificate" }, "A b": { configMapName: "a", key: "b" } },
    },
  },
  { upstreams: { clientCertificates: { mesh: { secretName: "A b" } } } },
  {
    groups: {
      sre: { emails: [] },
      "A b": { googleGroup: "all", members: "some" },
      all: { emails: ["a"], googleGroup: "b" },
    },
  },
  { upstreams: { credentials: { api: { kind: "header", secretName: "a", key: "", name: "Cookie" } } } },
];

/** What stands beside an upstream and asks for something that the gateway does not have, or that is not allowed. */
const ofServiceOnly: readonly object[] = [
  { upstream: { ...vmagent, scheme: "https", tls: { authorities: "internal", clientCertificate: "mesh" } } },
  { upstream: { ...vmagent, credentials: "grafana" } },
  { upstream: { ...vmagent, tls: { verify: false, serverName: "a b" } } },
  { upstream: { ...vmagent, timeouts: { connect: "10m", read: "never" }, maxBodySize: "much" } },
  { upstream: { url: "ftp://u:p@legacy.example.com/?a" }, isolation: "none" },
  { access: { emails: ["alice"], domains: ["@example.com"] } },
  { access: {} },
  { access: { groups: ["sre", "Ops"] } },
  {
    publicPaths: [
      { path: "/a/../b", match: "prefix", methods: ["GET", "SPY"] },
      { path: "/", match: "exact" },
    ],
  },
  {
    machines: {
      issuer: "http://ci.example.com",
      audience: "",
      jwksUrl: "https://ci.example.com/k",
      claims: { a: "*" },
    },
  },
  {
    machines: {
      serviceAccounts: [{ namespace: "A b", name: "" }],
      audience: "https://kubernetes.default.svc",
    },
  },
  { headers: { Cookie: "a", "X-User-Id": "b", "a b": "c", "X-Fine": "{{ . }}" } },
  { hosts: ["auth.apps.example.com", "*.apps.example.com", "a.apps.example.com:8080"] },
];

describe("the words of mistakes", () => {
  it("are the pinned ones: path, reason, value and fix of each mistake", () => {
    const serviceAccountIssuer = "https://kubernetes.default.svc";
    const services = (change: object) => ({ services: { vmagent: { upstream: vmagent, ...change } } });
    const files = [
      ...ofGateway.map(([change]) => change),
      ...ofFile,
      ...ofProviders.map((loginProviders) => ({
        tls: { secretName: "apps-tls" },
        loginProviders,
        ...secretsOf(loginProviders),
      })),
      ...ofService.map(([change]) => services(change)),
      ...ofServiceOnly.map((change) => ({ ...services(change), serviceAccountIssuer })),
    ];
    assertPinned("mistakes.txt", files.map(report).join("\n"), __dirname);
  });
});

/** The mistake as it is written, and its message. */
function report(change: object): string {
  const { "clientSecret.stub": stub = "", ...dev } = devConfig();
  const base = { ...dev, demoUpstream: "false", services: "{}", domain: "apps.example.com" };
  const secret = "loginProviders" in change ? {} : { "clientSecret.stub": stub };
  const { problems } = refusal({ ...base, ...secret, ...asEngine({ ...change }) });
  return `${JSON.stringify(change)}\n${problems.map((problem) => `  ${describeProblem(problem)}\n`).join("")}`;
}

function secretsOf(providers: readonly object[]): Record<string, string> {
  const own = providers as readonly {
    readonly id: string;
    readonly clientSecret?: object;
    readonly secretManager?: object;
  }[];
  return Object.fromEntries(
    own
      .filter(({ clientSecret, secretManager }) => !clientSecret && !secretManager)
      .map(({ id }) => [`clientSecret.${id}`, "the client's secret "]),
  );
}
