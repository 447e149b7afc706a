import { Output, runtime, secret } from "@pulumi/pulumi";
import { z } from "zod";
import { backupProblems } from "../components/database/backupProblems";
import { gatewayOutput } from "../components/gatewayRef";
import { addressesOf } from "../components/shared/addresses";
import type { SecretReference } from "../components/shared/clientSecret";
import { egressParts, reachesClusterOnly } from "../components/shared/egress";
import { egressProblems } from "../components/shared/egressProblems";
import { InputProblem } from "../components/shared/errors";
import { imageNames, overrideProblems } from "../components/shared/images";
import { trustedPeerProblems } from "../components/shared/networkPolicies";
import type { Patch } from "../components/shared/patch";
import { unprotectedHostProblems } from "../documents/admission/hosts";
import { clientIdProblems, clientSecretProblems, redirectUriProblems } from "../documents/google/client";
import { storeProblems } from "../documents/google/credentialStore";
import {
  callbackUrl,
  loginProviderProblems,
  pkceModes,
  unknownKind,
  type ProviderClaim,
} from "../documents/kratos/loginProvider";
import { connectionProblems } from "../documents/kratos/dsn";
import { sessionLifeProblems } from "../documents/nginx/sessionCheck";
import { signInLimitsProblems } from "../documents/kratos/signInLimits";
import { domainProblems, hostProblems, parseDomain } from "../documents/oathkeeper/hosts";
import { gatewayMachinesProblems, issuerProblems } from "../documents/oathkeeper/machines";
import { outsideProblems } from "../documents/oathkeeper/outside";
import type { NonEmpty } from "../documents/oathkeeper/patterns";
import { visitorProblems } from "../documents/oathkeeper/rules";
import { identityForms } from "../documents/oathkeeper/signedIdentity";
import { upstreamProblems } from "../documents/oathkeeper/upstream";
import { found, type Problem } from "../documents/shared/problem";
import { secretTextProblems, smtpUriProblems } from "../documents/shared/secretText";

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

const google = z.strictObject({
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

const loginProvider = z.discriminatedUnion(
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

const database = z.discriminatedUnion(
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

type Plain = z.infer<typeof gatewaySchema>;
type PlainDatabase = Plain["database"];
type PlainProvider = Plain["loginProviders"][0];

/** A login provider with its secret: the flat key's value, unless the file says where else it is. */
type WithSecret<Provider> = Provider extends PlainProvider
  ? Omit<Provider, "clientSecret"> & { readonly clientSecret: Output<string> | SecretReference }
  : never;

/** Everything that a stack's configuration says, checked, with its secrets where they belong. */
export type Settings = Readonly<
  Omit<Plain, "loginProviders" | "database" | "smtp"> & {
    loginProviders: NonEmpty<WithSecret<PlainProvider>>;
    database:
      | Exclude<PlainDatabase, { kind: "external" }>
      | (Omit<Extract<PlainDatabase, { kind: "external" }>, "password"> & {
          readonly password: Output<string> | SecretReference;
        });
    smtp?: NonNullable<Plain["smtp"]> & { readonly uri: Output<string> };
  }
>;

/** Mistakes in a stack's configuration: all of them in one report, printed without a stack trace. */
export class SettingsProblem extends InputProblem {
  constructor(problems: readonly Problem[]) {
    super("The stack's configuration", problems);
  }
}

/** What the stack of a team says, checked. */
export type ServicesSettings = Readonly<z.infer<typeof servicesSchema>>;

/**
 * Reads the running stack's configuration.
 *
 * @throws {SettingsProblem} that names every unknown key, wrong type and missing secret
 */
export function loadSettings(): Settings | ServicesSettings {
  const own = Object.entries(runtime.allConfig()).flatMap(([key, value]) =>
    key.startsWith(`${PROJECT}:`) ? [[key.slice(PROJECT.length + 1), value] as const] : [],
  );
  const config = Object.fromEntries(own);
  return config["kind"] === "services" ? parseServicesSettings(config) : parseSettings(config);
}

/**
 * Checks the configuration of a gateway's stack as the engine hands it over: every value is text, objects and numbers
 * are JSON.
 *
 * @throws {SettingsProblem}
 */
export function parseSettings(config: Readonly<Record<string, string>>): Settings {
  const [secrets, plain] = partition(config);
  const given = valuesOf(gatewaySchema, plain);
  const parsed = gatewaySchema.safeParse(given, { error: advice });
  const readable = parsed.success ? parsed.data : readableFields(gatewaySchema, given);
  const ofForm = (parsed.error?.issues ?? []).flatMap((issue) => problemsOf(issue, given));
  const problems = [
    ...ofForm,
    ...domainAndServiceProblems(readable),
    ...routeAdmissionProblems(readable),
    ...withoutRepeats(ofForm, providerProblems(given["loginProviders"], readable, secrets)),
    ...contradictions(readable),
    ...serviceAccountProblems(readable),
    ...(readable.replicas === undefined ? [] : connectionProblems(key("replicas"), readable.replicas)),
    ...(readable.session?.checkCache === undefined
      ? []
      : sessionLifeProblems(key("session.checkCache"), readable.session.checkCache)),
    ...(readable.route === undefined ? [] : trustedPeerProblems(key("route.from"), readable.route.from)),
    ...(readable.signInLimits === undefined
      ? []
      : signInLimitsProblems(key("signInLimits"), readable.signInLimits)),
    ...(readable.images === undefined ? [] : overrideProblems(key("images"), readable.images)),
    ...(readable.database === undefined ? [] : backupsProblems(readable.database)),
    ...egressProblems(key("egress"), readable.egress),
    ...(given["egress"] !== undefined && readable.egress === undefined ? [] : unreachedProblems(readable)),
    ...secretProblems(given, secrets),
  ];
  if (!parsed.success || problems.length > 0) throw new SettingsProblem(problems);
  return deepFreeze(withSecrets(parsed.data, secrets));
}

function serviceAccountProblems({ serviceAccountIssuer: issuer, services = {} }: Partial<Plain>): Problem[] {
  return [
    ...(issuer === undefined ? [] : issuerProblems(key("serviceAccountIssuer"), issuer)),
    ...Object.entries(services).flatMap(([name, { machines }]) =>
      gatewayMachinesProblems(`${key("services")}.${name}.machines`, machines, issuer),
    ),
  ];
}

/**
 * The same for the stack of a team. The hosts are checked once the gateway's domain is known.
 *
 * @throws {SettingsProblem}
 */
export function parseServicesSettings(config: Readonly<Record<string, string>>): ServicesSettings {
  const given = valuesOf(servicesSchema, config);
  const parsed = servicesSchema.safeParse(given, { error: advice });
  const readable = parsed.success ? parsed.data : readableFields(servicesSchema, given);
  const problems = [
    ...(parsed.error?.issues ?? []).flatMap((issue) => problemsOf(issue, given)),
    ...domainAndServiceProblems(readable),
  ];
  if (!parsed.success || problems.length > 0) throw new SettingsProblem(problems);
  return deepFreeze(parsed.data);
}

function backupsProblems(given: z.infer<typeof database>): Problem[] {
  if (given.kind !== "inCluster" || given.backup === undefined || given.backup === "off") return [];
  return backupProblems(key("database.backup"), given.backup);
}

/** The settings of the right form: what they say is checked too, so that one report has all mistakes. */
function readableFields<Shape extends Fields>(
  schema: z.ZodObject<Shape>,
  given: Readonly<Record<string, unknown>>,
): Partial<z.infer<z.ZodObject<Shape>>> {
  return Object.fromEntries(
    Object.entries<z.ZodType>(schema.shape).flatMap(([name, field]) => {
      const { success, data } = field.safeParse(given[name]);
      return success ? [[name, data] as const] : [];
    }),
  ) as Partial<z.infer<z.ZodObject<Shape>>>;
}

type Fields = Readonly<Record<string, z.ZodType>>;

function domainAndServiceProblems({
  domain,
  services = {},
}: Partial<Pick<Plain, "domain" | "services">>): Problem[] {
  const ofDomain = domain === undefined ? [] : domainProblems(key("domain"), domain);
  const ofServices = Object.entries(services).flatMap(([name, service]) => {
    const path = (property: string) => `${key("services")}.${name}.${property}`;
    const { upstream } = service;
    return [
      ...("url" in upstream ? upstreamProblems(path("upstream.url"), upstream.url) : []),
      ...visitorProblems(path, service),
    ];
  });
  if (domain === undefined || ofDomain.length > 0) return [...ofDomain, ...ofServices];
  const zone = parseDomain(domain);
  const hosts = Object.entries(services).flatMap(([name, service]) => {
    const path = `${key("services")}.${name}`;
    if (!service.hosts) return [{ path, host: `${name}.${zone.name}` }];
    return service.hosts.map((host, index) => ({ path: `${path}.hosts[${index}]`, host }));
  });
  return [...hostProblems(zone, hosts), ...ofServices];
}

function routeAdmissionProblems({ domain, unprotectedHosts = [] }: Partial<Plain>): Problem[] {
  const path = key("unprotectedHosts");
  if (domain === undefined || domainProblems("domain", domain).length > 0) return [];
  return unprotectedHostProblems(path, parseDomain(domain), unprotectedHosts);
}

/** What the proxy is asked to connect to, and may not. */
function unreachedProblems({ egress, services = {} }: Partial<Plain>): Problem[] {
  if (!reachesClusterOnly(egress)) return [];
  return Object.entries(services).flatMap(([name, service]) =>
    outsideProblems((property) => `${key("services")}.${name}.${property}`, service),
  );
}

type ReadableProvider = Partial<ProviderClaim & z.infer<typeof google>>;

/** Every provider is checked as far as it can be read, so that one mistake in its form hides no other. */
function providerProblems(
  given: unknown,
  { domain, tls, insecureDevMode }: Partial<Plain>,
  secrets: Readonly<Record<string, string>>,
): Problem[] {
  const path = key("loginProviders");
  const providers = (Array.isArray(given) ? given : []).map(readableProvider);
  const serverUrl =
    domain === undefined || tls === undefined || domainProblems("domain", domain).length > 0
      ? undefined
      : addressesOf(domain, tls).identityServer.url;
  return [
    ...loginProviderProblems(
      path,
      providers.map((provider) => ({ id: "", kind: "generic", admit: "closed", ...provider })),
      insecureDevMode,
    ),
    ...providers.flatMap((provider, index) =>
      provider.kind === "google" ? googleProblems(`${path}[${index}]`, provider, secrets, serverUrl) : [],
    ),
  ];
}

function readableProvider(entry: unknown): ReadableProvider {
  if (typeof entry !== "object" || entry === null) return {};
  const given = { kind: "generic", ...entry };
  const option = loginProvider.options.find(({ shape }) => shape.kind.safeParse(given.kind).success);
  return { ...given, ...(option && readableFields<Fields>(option, given)) } as ReadableProvider;
}

/** What Google asks for, and would say only at the first sign-in. */
function googleProblems(
  path: string,
  { id = "", clientId, clientSecret, pkce, secretManager, store }: ReadableProvider,
  secrets: Readonly<Record<string, string>>,
  serverUrl: string | undefined,
): Problem[] {
  const isInFile = secretManager && secretManager.payload !== "secretOnly" && !secretManager.externalSecret;
  const secretKey = `${CLIENT_SECRET}${id}`;
  const givenSecret = (clientSecret ?? secretManager) ? undefined : secrets[secretKey];
  const both: Problem = {
    path: `${path}.clientSecret`,
    value: "an object",
    reason: "names a Secret, but secretManager is where the secret is",
    fix: "Remove one of the two.",
  };
  const kept: Problem = {
    path: `${path}.store`,
    value: "an object",
    reason: "would keep what secretManager has already",
    fix: "Remove one of the two.",
  };
  return [
    ...(clientId === undefined && isInFile ? [] : clientIdProblems(`${path}.clientId`, clientId)),
    ...(clientSecret && secretManager ? [both] : []),
    ...(store && secretManager ? [kept] : []),
    ...(store ? storeProblems(`${path}.store`, store, clientSecret !== undefined) : []),
    // One that is not there is reported as missing.
    ...(givenSecret ? clientSecretProblems(key(secretKey), givenSecret) : []),
    ...(serverUrl === undefined ? [] : redirectUriProblems(path, callbackUrl(serverUrl, { id, pkce }))),
  ];
}

/** Without what is said of a place whose form is wrong already. */
function withoutRepeats(earlier: readonly Problem[], problems: readonly Problem[]): Problem[] {
  return problems.filter(({ path }) => earlier.every((problem) => problem.path !== path));
}

function contradictions({ insecureDevMode, tls }: Partial<Plain>): Problem[] {
  if (!insecureDevMode || tls === undefined || tls === "off") return [];
  return [
    {
      path: key("insecureDevMode"),
      value: found(insecureDevMode),
      reason: "sends cookies over plain http, but tls is on",
      fix: `Remove it, or set ${key("tls")} to "off".`,
    },
  ];
}

function key(name: string): string {
  return `${PROJECT}:${name}`;
}

const CLIENT_SECRET = "clientSecret.";
const DATABASE_PASSWORD = "databasePassword";
const SMTP_URI = "smtpUri";

/** The keys that `pulumi config set --secret` writes, as a regular expression of JSON Schema. */
export const secretKeyPattern = `${CLIENT_SECRET.replace(".", "\\.")}.+|${DATABASE_PASSWORD}|${SMTP_URI}`;

/** Secrets are flat keys, so that `pulumi config set --secret` encrypts them one by one. */
function partition(
  config: Readonly<Record<string, string>>,
): [Record<string, string>, Record<string, string>] {
  const isSecret = ([key]: [string, string]) =>
    key === DATABASE_PASSWORD || key === SMTP_URI || key.startsWith(CLIENT_SECRET);
  const entries = Object.entries(config);
  return [
    Object.fromEntries(entries.filter(isSecret)),
    Object.fromEntries(entries.filter((entry) => !isSecret(entry))),
  ];
}

/** The engine hands scalars over as they were typed; only keys that take text keep them as text. */
function valuesOf(
  { shape }: { readonly shape: Fields },
  texts: Readonly<Record<string, string>>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(texts).map(([key, text]) => [key, valueOf(shape[key], text)] as const),
  );
}

function valueOf(field: z.ZodType | undefined, text: string): unknown {
  if (field?.safeParse(text).success) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

type Issue = z.core.$ZodIssue;

/** What to write instead, where the schema itself has no better words. */
const advice: z.core.$ZodErrorMap = (issue) => {
  if (issue.code === "invalid_type") return `Write ${forms[issue.expected] ?? issue.expected}.`;
  if (issue.code === "invalid_value") return `Write ${issue.values.map(found).join(" or ")}.`;
  if (issue.code === "too_small") return `Write a number above ${issue.minimum}.`;
  return undefined;
};

const forms: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  tuple: "a list",
  object: "an object",
  record: "an object",
};

function problemsOf(issue: Issue, config: Readonly<Record<string, unknown>>): Problem[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((name) => ({
      path: pathOf([...issue.path, name]),
      // A misspelt key may well be that of a secret.
      value: formOf(at(config, [...issue.path, name])),
      reason: "is not a setting",
      fix: "Remove it, or correct its name: Pulumi.yaml lists the settings.",
    }));
  }
  const meant = issue.code === "invalid_union" ? nearest(issue.errors) : undefined;
  if (meant)
    return meant.flatMap((inner) => problemsOf({ ...inner, path: [...issue.path, ...inner.path] }, config));
  const value = at(config, issue.path);
  const reason = value === undefined ? "is missing" : "has the wrong form";
  return [{ path: pathOf(issue.path), value: shown(issue, value), reason, fix: issue.message }];
}

/** The form of a union that was most likely meant; none where the value is not even of the kind of one. */
function nearest(alternatives: readonly Issue[][]): Issue[] | undefined {
  const strangers = (issues: Issue[]) => issues.filter(({ code }) => code === "unrecognized_keys").length;
  return alternatives
    .filter((issues) => issues.every(({ code, path }) => path.length > 0 || code === "unrecognized_keys"))
    .sort((one, other) => strangers(one) - strangers(other) || one.length - other.length)[0];
}

/** The value only where it can be no secret: a number, or a plain word where no object was expected. */
function shown(issue: Issue, value: unknown): string {
  const expectsObject = issue.code === "invalid_type" && /object|record|array|tuple/.test(issue.expected);
  const isWord = typeof value === "string" && /^[\w.-]{1,30}$/.test(value) && !expectsObject;
  return isWord || ["number", "boolean", "undefined"].includes(typeof value) ? found(value) : formOf(value);
}

function formOf(value: unknown): string {
  if (value === null) return "null";
  return (Array.isArray(value) ? forms["array"] : forms[typeof value]) ?? typeof value;
}

function pathOf(path: readonly PropertyKey[]): string {
  const [first, ...rest] = path;
  if (first === undefined) return PROJECT;
  return rest.reduce<string>(
    (text, part) => (typeof part === "number" ? `${text}[${part}]` : `${text}.${String(part)}`),
    `${PROJECT}:${String(first)}`,
  );
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key],
    value,
  );
}

/** Just enough of each setting to tell which secrets it needs. */
const needsSecrets = {
  loginProviders: z.array(
    z.looseObject({
      id: z.string(),
      clientSecret: z.unknown().optional(),
      secretManager: z.unknown().optional(),
    }),
  ),
  database: z
    .looseObject({ kind: z.string(), password: z.unknown().optional() })
    .default({ kind: "inCluster" }),
};

/** A setting that is wrong itself says nothing about its secrets. */
function secretProblems(
  given: Readonly<Record<string, unknown>>,
  texts: Readonly<Record<string, string>>,
): Problem[] {
  const providers = needsSecrets.loginProviders.safeParse(given["loginProviders"]).data;
  const database = needsSecrets.database.safeParse(given["database"]).data;
  const wanted = [
    ...(providers ?? []).flatMap(({ id, clientSecret, secretManager }) =>
      (clientSecret ?? secretManager) === undefined ? [`${CLIENT_SECRET}${id}`] : [],
    ),
    ...(database?.kind === "external" && database.password === undefined ? [DATABASE_PASSWORD] : []),
    ...(given["smtp"] === undefined ? [] : [SMTP_URI]),
  ];
  const isUndecided = (key: string) =>
    (!providers && key.startsWith(CLIENT_SECRET)) || (!database && key === DATABASE_PASSWORD);
  const missing = wanted.filter((key) => (texts[key] ?? "") === "");
  const unused = Object.keys(texts).filter((key) => !wanted.includes(key) && !isUndecided(key));
  const misspelt = Object.entries(texts).flatMap(([key, text]) =>
    key === SMTP_URI && text !== ""
      ? smtpUriProblems(pathOf([key]), text)
      : secretTextProblems(pathOf([key]), text),
  );
  return [
    ...misspelt,
    ...missing.map((key) => ({
      path: pathOf([key]),
      value: found(undefined),
      reason: "is missing",
      fix: `Run: pulumi config set --secret ${PROJECT}:${key}`,
    })),
    ...unused.map((key) => ({
      path: pathOf([key]),
      value: "a secret",
      reason: "belongs to nothing in this stack",
      fix: `Run: pulumi config rm ${PROJECT}:${key}`,
    })),
  ];
}

function withSecrets(plain: Plain, texts: Readonly<Record<string, string>>): Settings {
  const { loginProviders, database, smtp, ...rest } = plain;
  const at = (key: string) => secret(texts[key] ?? "");
  const complete = (provider: PlainProvider): WithSecret<PlainProvider> => ({
    ...provider,
    clientSecret: provider.clientSecret ?? at(`${CLIENT_SECRET}${provider.id}`),
  });
  const [first, ...others] = loginProviders;
  return {
    ...rest,
    loginProviders: [complete(first), ...others.map(complete)],
    database:
      database.kind === "external"
        ? { ...database, password: database.password ?? at(DATABASE_PASSWORD) }
        : database,
    ...(smtp && { smtp: { ...smtp, uri: at(SMTP_URI) } }),
  };
}

/** Outputs stay as they are: the engine's library writes to them. */
function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Output.isInstance(value)) {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value;
}
