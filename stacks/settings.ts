import { runtime, RunError, secret, type Output } from "@pulumi/pulumi";
import { z } from "zod";
import { describeProblem, found, type Problem } from "../ory/problem";

/** Namespace of this project's keys in a stack's configuration. */
const PROJECT = "portcullis";

const duration = z.templateLiteral([z.number().int().positive(), z.enum(["s", "m", "h"])]);
const labels = z.record(z.string(), z.string());
const selector = z.strictObject({ matchLabels: labels });
const peer = z.strictObject({ namespaceSelector: selector.optional(), podSelector: selector.optional() });
const list = <T extends z.ZodType>(entry: T) => z.tuple([entry], entry);
const method = z.enum(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);
const scheme = z.enum(["http", "https"]);

const upstream = z.union([
  z.strictObject({
    namespace: z.string(),
    name: z.string(),
    port: z.int(),
    pods: labels,
    targetPort: z.int(),
    scheme: scheme.optional(),
  }),
  z.strictObject({ url: z.string() }),
]);

const service = z.strictObject({
  hosts: list(z.string()).optional(),
  upstream,
  isolation: z.union([z.literal("none"), z.strictObject({ alsoAllow: z.array(peer) })]).optional(),
  methods: list(method).optional(),
  preserveHost: z.boolean().optional(),
});

const loginProvider = z.strictObject({
  id: z.string(),
  label: z.string().optional(),
  issuerUrl: z.string(),
  clientId: z.string(),
  scopes: z.array(z.string()).optional(),
  admit: z.strictObject({
    workspaceDomains: z.array(z.string()).optional(),
    emailDomains: z.array(z.string()).optional(),
    emails: z.array(z.string()).optional(),
  }),
});

const database = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("inCluster"),
    storage: z.string().optional(),
    storageClass: z.string().optional(),
    protect: z.boolean().optional(),
  }),
  z.strictObject({
    kind: z.literal("external"),
    host: z.string(),
    port: z.int().default(5432),
    database: z.string(),
    user: z.string(),
    sslMode: z.enum(["disable", "require", "verify-ca", "verify-full"]).default("verify-full"),
    caCertificate: z.string().optional(),
  }),
]);

const schema = z.strictObject({
  domain: z.string(),
  namespace: z.string().default("portcullis"),
  release: z.enum(["v26.2", "v1.3"]).optional(),
  route: z.strictObject({
    className: z.string().optional(),
    from: list(peer),
    annotations: labels.optional(),
  }),
  tls: z.union([
    z.literal("off"),
    z.strictObject({
      issuer: z.strictObject({ kind: z.enum(["Issuer", "ClusterIssuer"]), name: z.string() }),
    }),
    z.strictObject({ secretName: z.string() }),
  ]),
  loginProviders: list(loginProvider),
  services: z.record(z.string(), service).default({}),
  database: database.default({ kind: "inCluster" }),
  replicas: z.int().positive().optional(),
  session: z
    .strictObject({
      lifespan: duration.optional(),
      checkCache: z.union([z.literal("off"), duration]).optional(),
      onePerUser: z.boolean().optional(),
    })
    .optional(),
  secondFactor: z.enum(["off", "optional"]).optional(),
  smtp: z.strictObject({ from: z.string(), recovery: z.boolean().optional() }).optional(),
  images: z
    .strictObject({
      registry: z.string().optional(),
      pullSecrets: z.array(z.string()).optional(),
      override: z.record(z.string(), z.string()).optional(),
    })
    .optional(),
  insecureDevMode: z.boolean().default(false),
  demoUpstream: z.boolean().default(false),
});

/** Everything that a stack's YAML says, checked, without its secrets. */
export type Settings = Readonly<z.infer<typeof schema>>;

/** The secrets of a stack's YAML: flat keys, set with `pulumi config set --secret`. */
export interface Secrets {
  /** By login provider id, from `clientSecret.<id>`. */
  readonly clientSecrets: Readonly<Record<string, Output<string>>>;
  /** From `databasePassword`; there when the database is an external one. */
  readonly databasePassword?: Output<string>;
  /** From `smtpUri`; there when `smtp` is set. */
  readonly smtpUri?: Output<string>;
}

/** Mistakes in a stack's configuration: all of them in one report, printed without a stack trace. */
export class SettingsProblem extends RunError {
  constructor(readonly problems: readonly Problem[]) {
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    super(
      [
        `The stack's configuration has ${count}:`,
        ...problems.map((one) => `  - ${describeProblem(one)}`),
      ].join("\n"),
    );
  }
}

/**
 * Reads the running stack's configuration.
 *
 * @throws {SettingsProblem} that names every unknown key, wrong type and missing secret
 */
export function loadSettings(): { settings: Settings; secrets: Secrets } {
  const own = Object.entries(runtime.allConfig()).flatMap(([key, value]) =>
    key.startsWith(`${PROJECT}:`) ? [[key.slice(PROJECT.length + 1), value] as const] : [],
  );
  return parseSettings(Object.fromEntries(own));
}

/** Checks a configuration as the engine hands it over: every value is text, objects and numbers are JSON. */
export function parseSettings(config: Readonly<Record<string, string>>): {
  settings: Settings;
  secrets: Secrets;
} {
  const isSecret = (key: string) =>
    key === "databasePassword" || key === "smtpUri" || key.startsWith(CLIENT_SECRET);
  const plain = Object.entries(config).flatMap(([key, text]) =>
    isSecret(key) ? [] : [[key, valueOf(key, text)] as const],
  );
  const given: Record<string, unknown> = Object.fromEntries(plain);
  const parsed = schema.safeParse(given);
  const secretTexts = Object.fromEntries(Object.entries(config).filter(([key]) => isSecret(key)));
  const problems = [
    ...(parsed.error?.issues.flatMap((issue) => problemsOf(issue, given)) ?? []),
    ...(parsed.success ? secretProblems(parsed.data, secretTexts) : []),
  ];
  if (!parsed.success || problems.length > 0) throw new SettingsProblem(problems);
  return { settings: deepFreeze(parsed.data), secrets: secretsOf(parsed.data, secretTexts) };
}

const CLIENT_SECRET = "clientSecret.";

/** The engine hands scalars over as they were typed; only keys that take text keep them as text. */
function valueOf(key: string, text: string): unknown {
  const field = (schema.shape as Record<string, z.ZodType | undefined>)[key];
  if (field?.safeParse(text).success) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function problemsOf(issue: z.core.$ZodIssue, config: Readonly<Record<string, unknown>>): Problem[] {
  const path = pathOf(issue.path);
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      path: path === PROJECT ? `${PROJECT}:${key}` : `${path}.${key}`,
      value: found(at(config, [...issue.path, key])),
      reason: "is not a setting",
      fix: "Remove it, or correct its name: Pulumi.yaml lists the settings.",
    }));
  }
  const value = at(config, issue.path);
  const reason = value === undefined ? "is missing" : "has the wrong form";
  return [{ path, value: found(value), reason, fix: `${issue.message}. Pulumi.yaml describes the setting.` }];
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

function secretProblems(settings: Settings, texts: Readonly<Record<string, string>>): Problem[] {
  const providers = settings.loginProviders.map(({ id }) => `${CLIENT_SECRET}${id}`);
  const wanted = [
    ...providers,
    ...(settings.database.kind === "external" ? ["databasePassword"] : []),
    ...(settings.smtp ? ["smtpUri"] : []),
  ];
  const missing = wanted.filter((key) => (texts[key] ?? "") === "");
  const unused = Object.keys(texts).filter((key) => !wanted.includes(key));
  return [
    ...missing.map((key) => ({
      path: `${PROJECT}:${key}`,
      value: found(undefined),
      reason: "is missing",
      fix: `Run: pulumi config set --secret ${PROJECT}:${key}`,
    })),
    ...unused.map((key) => ({
      path: `${PROJECT}:${key}`,
      value: "a secret",
      reason: "belongs to nothing in this stack",
      fix: `Run: pulumi config rm ${PROJECT}:${key}`,
    })),
  ];
}

function secretsOf(settings: Settings, texts: Readonly<Record<string, string>>): Secrets {
  const { databasePassword, smtpUri } = texts;
  return {
    clientSecrets: Object.fromEntries(
      settings.loginProviders.map(({ id }) => [id, secret(texts[`${CLIENT_SECRET}${id}`] ?? "")]),
    ),
    ...(databasePassword !== undefined && { databasePassword: secret(databasePassword) }),
    ...(smtpUri !== undefined && { smtpUri: secret(smtpUri) }),
  };
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value;
}
