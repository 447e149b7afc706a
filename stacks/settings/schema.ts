import { z } from "zod";
import { gatewayOutput } from "../../components/gatewayRef";
import { egressParts } from "../../components/shared/egress";
import { imageNames } from "../../components/shared/images";
import type { Patch } from "../../components/shared/patch";
import { pkceModes, unknownKind } from "../../documents/kratos/loginProvider";
import { identityForms } from "../../documents/oathkeeper/signedIdentity";

/** Namespace of this project's keys in a stack's configuration. */
export const PROJECT = "portcullis";

const duration = z.templateLiteral([z.number().int().positive(), z.enum(["s", "m", "h"])], {
  error: 'Write a number and a unit, for example "24h", "30m" or "5s".',
});
const labels = z.record(z.string(), z.string());
const selector = z.strictObject({ matchLabels: labels });
const peer = z.strictObject({
  namespaceSelector: selector.exactOptional(),
  podSelector: selector.exactOptional(),
});
const peerOrBlock = peer.extend({
  ipBlock: z.strictObject({ cidr: z.string(), except: z.array(z.string()).exactOptional() }).exactOptional(),
});
const list = <T extends z.ZodType>(entry: T) => z.tuple([entry], entry);
const method = z.enum(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);
/** The engine hands over JSON, so that it holds nothing else. */
const patch = z.record(z.string(), z.unknown()).transform((value) => value as Patch);
const scheme = z.enum(["http", "https"]);

const upstream = z.union(
  [
    z.strictObject({
      namespace: z.string(),
      name: z.string(),
      port: z.int(),
      pods: labels,
      targetPort: z.int(),
      scheme: scheme.exactOptional(),
    }),
    z.strictObject({ url: z.string() }),
  ],
  { error: "Write {namespace, name, port, pods, targetPort} or {url}." },
);

const claim = z.union([z.string(), z.boolean(), z.array(z.string())], {
  error: "Write a text, true, false, a list of texts, or an object of them, three levels deep at most.",
});
const claims = z.record(
  z.string(),
  z.union([claim, z.record(z.string(), z.union([claim, z.record(z.string(), claim)]))], {
    error: "Write a text, true, false, a list of texts, or an object of them, three levels deep at most.",
  }),
);

const service = z.strictObject({
  hosts: list(z.string()).exactOptional(),
  upstream,
  isolation: z
    .union([z.literal("none"), z.strictObject({ alsoAllow: z.array(peer) })], {
      error: 'Write "none" or {alsoAllow: [peers]}.',
    })
    .exactOptional(),
  methods: list(method).exactOptional(),
  preserveHost: z.boolean().exactOptional(),
  annotations: labels.exactOptional(),
  patches: z
    .strictObject({
      route: patch.exactOptional(),
      rule: patch.exactOptional(),
      networkPolicy: patch.exactOptional(),
    })
    .exactOptional(),
  access: z
    .strictObject({
      emails: z.array(z.string()).exactOptional(),
      domains: z.array(z.string()).exactOptional(),
    })
    .exactOptional(),
  publicPaths: z
    .array(
      z.strictObject({
        path: z.templateLiteral(["/", z.string()], { error: "Start it with a slash." }),
        match: z.enum(["exact", "prefix"]),
        methods: list(method).exactOptional(),
      }),
    )
    .exactOptional(),
  machines: z
    .union(
      [
        z.strictObject({
          issuer: z.string(),
          audience: z.string(),
          jwksUrl: z.string(),
          claims: claims.exactOptional(),
        }),
        z.strictObject({
          serviceAccounts: list(z.strictObject({ namespace: z.string(), name: z.string() })),
          audience: z.string(),
        }),
      ],
      {
        error:
          "Write {issuer, audience, jwksUrl, claims?} or {serviceAccounts: [{namespace, name}], audience}.",
      },
    )
    .exactOptional(),
  identity: z.enum(identityForms).exactOptional(),
  headers: labels.exactOptional(),
});

const admit = z.union(
  [
    z.strictObject({
      workspaceDomains: z.array(z.string()).exactOptional(),
      emailDomains: z.array(z.string()).exactOptional(),
      emails: z.array(z.string()).exactOptional(),
    }),
    z.literal("closed"),
  ],
  { error: 'Write {workspaceDomains?, emailDomains?, emails?} or "closed".' },
);

const secretReference = z.strictObject({ secretName: z.string(), key: z.string() });

const client = {
  id: z.string(),
  label: z.string().exactOptional(),
  clientId: z.string(),
  clientSecret: secretReference.exactOptional(),
  identities: z.array(z.strictObject({ subject: z.string(), email: z.string() })).exactOptional(),
  pkce: z.enum(pkceModes).exactOptional(),
};

const scopes = z.array(z.string()).exactOptional();

export const google = z.strictObject({
  kind: z.literal("google"),
  hostedDomain: z.string(),
  project: z.string().exactOptional(),
  secretManager: z
    .strictObject({
      project: z.string(),
      secretId: z.string(),
      version: z.string().exactOptional(),
      payload: z.enum(["clientJson", "secretOnly"]).exactOptional(),
      externalSecret: z
        .strictObject({
          kind: z.enum(["SecretStore", "ClusterSecretStore"]),
          name: z.string(),
          refreshInterval: duration.exactOptional(),
        })
        .exactOptional(),
    })
    .exactOptional(),
  store: z
    .strictObject({
      project: z.string(),
      secretId: z.string(),
      accessors: z.record(z.string(), z.string()).exactOptional(),
      protect: z.boolean().exactOptional(),
    })
    .exactOptional(),
  admit: admit.exactOptional(),
  ...client,
  clientId: z.string().exactOptional(),
});

export const loginProvider = z.discriminatedUnion(
  "kind",
  [
    z.strictObject({
      kind: z.literal("generic").default("generic"),
      issuerUrl: z.string(),
      admit,
      scopes,
      ...client,
    }),
    google,
    z.strictObject({ kind: z.literal("microsoft"), tenant: z.string(), admit, scopes, ...client }),
    z.strictObject({ kind: z.literal("github"), admit, scopes, ...client }),
    z.strictObject({
      kind: z.literal("gitlab"),
      issuerUrl: z.string().exactOptional(),
      admit,
      scopes,
      ...client,
    }),
  ],
  { error: ({ input }) => unknownKindAdvice(input) },
);

/** Kratos knows more kinds of provider than prove an address, so the advice says what is wrong with the one written. */
function unknownKindAdvice(input: unknown): string | undefined {
  if (typeof input !== "object" || input === null || !("kind" in input)) return undefined;
  const { reason, fix } = unknownKind(input.kind);
  return `It ${reason}. ${fix}`;
}

const backup = z.strictObject({
  schedule: z.string().exactOptional(),
  keep: z.int().positive().exactOptional(),
  storage: z.string().exactOptional(),
  storageClass: z.string().exactOptional(),
  encryptTo: z.string().exactOptional(),
});

const cloudNativePgBackup = z.union(
  [
    z.literal("off"),
    z.strictObject({ objectStore: z.string(), schedule: z.string().exactOptional() }),
    z.strictObject({ volumeSnapshotClass: z.string(), schedule: z.string().exactOptional() }),
  ],
  { error: 'Write "off", {objectStore} or {volumeSnapshotClass}.' },
);

export const database = z.discriminatedUnion(
  "kind",
  [
    z.strictObject({
      kind: z.literal("inCluster"),
      storage: z.string().exactOptional(),
      storageClass: z.string().exactOptional(),
      protect: z.boolean().exactOptional(),
      backup: z.union([z.literal("off"), backup], { error: 'Write "off" or an object.' }).exactOptional(),
    }),
    z.strictObject({
      kind: z.literal("cloudNativePg"),
      backup: cloudNativePgBackup,
      instances: z.int().positive().exactOptional(),
      storage: z.string().exactOptional(),
      storageClass: z.string().exactOptional(),
      image: z.string().exactOptional(),
      operatorNamespace: z.string().exactOptional(),
      protect: z.boolean().exactOptional(),
    }),
    z.strictObject({
      kind: z.literal("cloudSql"),
      region: z.string(),
      network: z.string(),
      project: z.string().exactOptional(),
      tier: z.string().exactOptional(),
      keepBackups: z.int().positive().exactOptional(),
      protect: z.boolean().exactOptional(),
    }),
    z.strictObject({
      kind: z.literal("external"),
      host: z.string(),
      port: z.int().default(5432),
      database: z.string(),
      user: z.string(),
      sslMode: z.enum(["disable", "require", "verify-ca", "verify-full"]).default("verify-full"),
      password: secretReference.exactOptional(),
      caCertificate: z
        .union([z.string(), secretReference], { error: "Write the PEM, or {secretName, key}." })
        .exactOptional(),
      peers: list(peerOrBlock).exactOptional(),
    }),
  ],
  {
    error:
      "Write {kind: inCluster}, {kind: cloudNativePg, backup}, {kind: cloudSql, region, network} or {kind: external, host, database, user}.",
  },
);

const rate = z.strictObject({ perMinute: z.number(), burst: z.number() });
const signInLimits = z.union(
  [
    z.literal("off"),
    z.strictObject({
      trustedHops: z.number().exactOptional(),
      starts: rate.exactOptional(),
      submits: rate.exactOptional(),
      callbacks: rate.exactOptional(),
      secondSteps: rate.exactOptional(),
      secondStepsOfSession: rate.exactOptional(),
      total: rate.exactOptional(),
    }),
  ],
  { error: 'Write "off", or an object of rates, each {perMinute, burst}.' },
);

const anyRoute = {
  from: list(peer),
  annotations: labels.exactOptional(),
  wildcard: z.boolean().exactOptional(),
};
const route = z.union([
  z.strictObject({
    kind: z.literal("ingress").default("ingress"),
    className: z.string().exactOptional(),
    ...anyRoute,
  }),
  z.strictObject({
    kind: z.literal("gatewayApi"),
    parentRef: z.strictObject({
      namespace: z.string(),
      name: z.string(),
      sectionName: z.string().exactOptional(),
    }),
    namespaces: z.array(z.string()).exactOptional(),
    ...anyRoute,
  }),
]);

const egressTarget = z.strictObject({ to: list(peerOrBlock), ports: list(z.int()).exactOptional() });
const destinations = z.array(
  z.union([z.literal("internet"), egressTarget], { error: 'Write "internet" or {to: [peers], ports?}.' }),
);
const egress = z.union(
  [
    z.literal("off"),
    z.strictObject({
      dns: list(egressTarget).exactOptional(),
      alsoTo: z.partialRecord(z.enum(egressParts), destinations).exactOptional(),
    }),
  ],
  { error: 'Write "off" or {dns?, alsoTo?}.' },
);

/** What a gateway's stack may say, secrets aside; `Pulumi.yaml` describes it for the user. */
export const gatewaySchema = z.strictObject({
  kind: z.literal("gateway", { error: 'Write "gateway" or "services".' }).default("gateway"),
  domain: z.string(),
  namespace: z.string().default("portcullis"),
  release: z.enum(["v26.2", "v1.3"]).exactOptional(),
  route,
  tls: z.union(
    [
      z.enum(["external", "off"]),
      z.strictObject({
        issuer: z.strictObject({ kind: z.enum(["Issuer", "ClusterIssuer"]), name: z.string() }),
      }),
      z.strictObject({ secretName: z.string() }),
    ],
    { error: 'Write "off", "external", {issuer: {kind, name}} or {secretName}.' },
  ),
  loginProviders: list(loginProvider),
  services: z.record(z.string(), service).default({}),
  database: database.default({ kind: "inCluster" }),
  replicas: z.int().positive().exactOptional(),
  session: z
    .strictObject({
      lifespan: duration.exactOptional(),
      checkCache: z
        .union([z.literal("off"), duration], { error: 'Write "off" or a duration, for example "5s".' })
        .exactOptional(),
      onePerUser: z.boolean().exactOptional(),
      sameSite: z.enum(["Strict", "Lax", "None"]).exactOptional(),
    })
    .exactOptional(),
  secondFactor: z.enum(["off", "optional", "required"]).exactOptional(),
  signInLimits: signInLimits.exactOptional(),
  smtp: z.strictObject({ from: z.string(), recovery: z.boolean().exactOptional() }).exactOptional(),
  images: z
    .strictObject({
      registry: z.string().exactOptional(),
      pullSecrets: z.array(z.string()).exactOptional(),
      override: z.partialRecord(z.enum(imageNames), z.string()).exactOptional(),
    })
    .exactOptional(),
  crd: z.enum(["create", "existing"]).exactOptional(),
  unprotectedHosts: z.array(z.strictObject({ host: z.string(), namespace: z.string() })).exactOptional(),
  metricsFrom: z.array(peer).exactOptional(),
  serviceAccountIssuer: z.string().exactOptional(),
  egress: egress.exactOptional(),
  monitoring: z
    .strictObject({
      serviceMonitors: z.boolean(),
      alerts: z.boolean(),
      dashboard: z.boolean().exactOptional(),
      operator: z.enum(["prometheus", "victoriaMetrics"]).exactOptional(),
      labels: labels.exactOptional(),
    })
    .exactOptional(),
  secretsVersion: z.int().positive().exactOptional(),
  insecureDevMode: z.boolean().default(false),
  patches: z
    .strictObject({
      identityServer: patch.exactOptional(),
      loginUi: patch.exactOptional(),
      proxy: patch.exactOptional(),
      ruleOperator: patch.exactOptional(),
    })
    .exactOptional(),
  demoUpstream: z.boolean().default(false),
});

/** What the stack of a team may say, whose services another stack's gateway protects. */
export const servicesSchema = z.strictObject({
  kind: z.literal("services"),
  gateway: z.strictObject({ stack: z.string(), output: z.string().default(gatewayOutput) }),
  namespace: z.string().exactOptional(),
  services: z.record(z.string(), service),
});

/** The kinds of stack, and what each may say. */
export const schemas = { gateway: gatewaySchema, services: servicesSchema } as const;

export type Plain = z.infer<typeof gatewaySchema>;

/** What the stack of a team says, checked. */
export type ServicesSettings = Readonly<z.infer<typeof servicesSchema>>;
