import { output } from "@pulumi/pulumi";
import { stringify } from "yaml";
import type { AccessGatewayArgs } from "../../../components/accessGateway/args";
import type { GoogleOAuthClientArgs } from "../../../components/google/args";
import { GoogleOAuthClient } from "../../../components/googleOAuthClient";
import { OidcClient } from "../../../components/oidcClient";
import { ProtectedService } from "../../../components/protectedService";
import { resolveImages } from "../../../components/shared/images";
import { createDemoUpstream } from "../../../stacks/demoUpstream";
import { assertPinned } from "../documents/pinned";
import { run, type Recorded } from "../mocks";
import { manifests, manifestsBeside } from "./manifests";
import { gateway, staff, vmagent } from "./programs";

const tls = { secretName: "apps-tls" };
const clientId = "123456789012-abc123def456.apps.googleusercontent.com";
const inSecretManager = { kind: "secretManager", project: "login-prod", secretId: "google-client" } as const;
const clientFile = JSON.stringify({
  web: { client_id: clientId, client_secret: `GOCSPX-${"aB3_".repeat(7)}` },
});

function google(source: GoogleOAuthClientArgs["source"], more: Partial<GoogleOAuthClientArgs> = {}) {
  const client = { domain: "apps.example.com", hostedDomain: "example.com", source };
  return { tls, loginProviders: [new GoogleOAuthClient("google", { ...client, ...more })] as const };
}

/** Arguments that no other test pins, by file name: those that exclude each other, and those that few need. */
const choices: Readonly<Record<string, () => Partial<AccessGatewayArgs>>> = {
  "database-cloudNativePg": () => ({
    database: {
      kind: "cloudNativePg",
      instances: 2,
      image: "ghcr.io/cloudnative-pg/postgresql:17.5",
      storageClass: "fast",
      operatorNamespace: "operators",
      backup: { objectStore: "bucket", schedule: "0 5 4 * * *" },
    },
  }),
  "database-cloudNativePg-snapshots": () => ({
    database: { kind: "cloudNativePg", protect: false, backup: { volumeSnapshotClass: "csi" } },
  }),
  "database-cloudNativePg-no-backup": () => ({ database: { kind: "cloudNativePg", backup: "off" } }),
  leavers: () => ({ leavers: { schedule: "*/10 * * * *", atMost: 5 } }),
  "database-no-backup": () => ({ database: { kind: "inCluster", backup: "off" } }),
  "database-cloudSql": () => ({
    database: {
      kind: "cloudSql",
      region: "europe-west3",
      network: "projects/acme/global/networks/main",
      project: "acme",
      tier: "db-custom-2-7680",
      keepBackups: 7,
    },
  }),
  "database-external-secrets": () => ({
    database: {
      kind: "external",
      host: "10.20.0.7",
      port: 5433,
      database: "kratos",
      user: "kratos",
      sslMode: "verify-ca",
      password: { secretName: "database", key: "password" },
      caCertificate: { secretName: "database", key: "ca.crt" },
      peers: [{ ipBlock: { cidr: "10.20.0.7/32" } }],
      pool: { maxConnections: 5, maxLifetime: "10m" },
    },
  }),
  "loginUi-oryReference": () => ({ loginUi: { kind: "oryReference" }, secondFactor: "optional" }),
  "loginUi-image": () => ({ loginUi: { image: "registry.example.com/login:1" } }),
  "nothing-limited": () => ({ signInLimits: "off", egress: "off", skipLoginPage: false }),
  "loginProvider-each-kind": () => {
    const client = { clientId: "portcullis", clientSecret: "the client secret" };
    const admit = { emails: ["alice@example.com"], workspaceDomains: ["example.com"] };
    return {
      loginProviders: [
        new OidcClient("entra", {
          ...client,
          kind: "microsoft",
          tenant: "11111111-2222-3333-4444-555555555555",
          admit: { emailDomains: ["example.com"] },
        }),
        new OidcClient("gitlab", { ...client, kind: "gitlab", admit: { emailDomains: ["example.com"] } }),
        staff({ admit, pkce: "never", clientSecret: output("known later") }),
      ],
    };
  },
  "google-existing": () =>
    google({ kind: "existing", clientId, clientSecret: { secretName: "g", key: "s" } }),
  "google-stored": () =>
    google({
      kind: "existing",
      clientId,
      clientSecret: `GOCSPX-${"aB3_".repeat(7)}`,
      store: {
        project: "login-prod",
        secretId: "google-client",
        accessors: { ops: "group:ops@example.com" },
      },
    }),
  "google-secretManager": () =>
    google({ ...inSecretManager, version: "3" }, { label: "Work", pkce: "force" }),
  "google-secretManager-secretOnly": () => google({ ...inSecretManager, clientId, payload: "secretOnly" }),
  "google-externalSecret": () =>
    google({
      ...inSecretManager,
      clientId,
      payload: "secretOnly",
      delivery: {
        kind: "externalSecret",
        store: { kind: "SecretStore", name: "google" },
        refreshInterval: "10m",
      },
    }),
};

describe("what a choice creates, changes or removes, compared with a gateway of only required arguments,", () => {
  const readSecret = "gcp:secretmanager/getSecretVersionAccess:getSecretVersionAccess";
  let plain: Recorded;
  let plainByHttps: Recorded;
  before(async () => {
    plain = (await run(() => gateway())).made;
    plainByHttps = (await run(() => gateway({ tls }))).made;
  });

  for (const [name, args] of Object.entries(choices))
    it(`is pinned: ${name}`, async () => {
      const secretData = name.endsWith("secretOnly") ? "GOCSPX-aB3_aB3_aB3_aB3_aB3_aB3_aB3_" : clientFile;
      const { made } = await run(() => gateway(args()), {}, { [readSecret]: { secretData } });
      const beside = name.startsWith("google") ? plainByHttps : plain;
      assertPinned(`choice-${name}.yaml`, manifestsBeside(beside, made), __dirname);
    });

  it("is pinned: a stack's demo upstream", async () => {
    const { made } = await run(() => createDemoUpstream(resolveImages("v1.3")));
    assertPinned("demoUpstream.yaml", manifests(made), __dirname);
  });
});

describe("the outputs of a gateway for other programs", () => {
  it("are pinned", async () => {
    const { result } = await run(async () => {
      const told = gateway({
        serviceAccountIssuer: "https://kubernetes.default.svc.cluster.local",
        egress: { alsoTo: { proxy: ["internet"] } },
        upstreams: {
          credentials: { api: { kind: "header", secretName: "api", key: "token", namespaces: ["a"] } },
        },
      });
      const { admissions, callbackUrls, ref, signedIdentity, signOutUrl } = told;
      const service = new ProtectedService("grafana", { gateway: told, upstream: vmagent });
      const outputs = output({
        admissions,
        callbackUrls,
        ref,
        signedIdentity,
        signOutUrl,
        service: service.url,
      });
      return new Promise((resolve) => outputs.apply(resolve));
    });
    assertPinned("outputs.yaml", stringify(result, { lineWidth: 0 }), __dirname);
  });
});
