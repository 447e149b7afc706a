import { Output, runtime, RunError, secret } from "@pulumi/pulumi";
import { z } from "zod";
import { report } from "../components/shared/errors";
import { imageNames } from "../components/shared/images";
import type { NonEmpty } from "../ory/oathkeeper/patterns";
import { found, type Problem } from "../ory/problem";

/** Namespace of this project's keys in a stack's configuration. */
const PROJECT = "portcullis";

const duration = z.templateLiteral([z.number().int().positive(), z.enum(["s", "m", "h"])]);
const labels = z.record(z.string(), z.string());
const selector = z.strictObject({ matchLabels: labels });
const peer = z.strictObject({
  namespaceSelector: selector.exactOptional(),
  podSelector: selector.exactOptional(),
});
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
    scheme: scheme.exactOptional(),
  }),
  z.strictObject({ url: z.string() }),
]);

const service = z.strictObject({
  hosts: list(z.string()).exactOptional(),
  upstream,
  isolation: z.union([z.literal("none"), z.strictObject({ alsoAllow: z.array(peer) })]).exactOptional(),
  methods: list(method).exactOptional(),
  preserveHost: z.boolean().exactOptional(),
});

const loginProvider = z.strictObject({
  id: z.string(),
  label: z.string().exactOptional(),
  issuerUrl: z.string(),
  clientId: z.string(),
  scopes: z.array(z.string()).exactOptional(),
  admit: z.strictObject({
    workspaceDomains: z.array(z.string()).exactOptional(),
    emailDomains: z.array(z.string()).exactOptional(),
    emails: z.array(z.string()).exactOptional(),
  }),
});

const database = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("inCluster"),
    storage: z.string().exactOptional(),
    storageClass: z.string().exactOptional(),
    protect: z.boolean().exactOptional(),
  }),
  z.strictObject({
    kind: z.literal("external"),
    host: z.string(),
    port: z.int().default(5432),
    database: z.string(),
    user: z.string(),
    sslMode: z.enum(["disable", "require", "verify-ca", "verify-full"]).default("verify-full"),
    caCertificate: z.string().exactOptional(),
  }),
]);

const schema = z.strictObject({
  domain: z.string(),
  namespace: z.string().default("portcullis"),
  release: z.enum(["v26.2", "v1.3"]).exactOptional(),
  route: z.strictObject({
    className: z.string().exactOptional(),
    from: list(peer),
    annotations: labels.exactOptional(),
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
  replicas: z.int().positive().exactOptional(),
  session: z
    .strictObject({
      lifespan: duration.exactOptional(),
      checkCache: z.union([z.literal("off"), duration]).exactOptional(),
      onePerUser: z.boolean().exactOptional(),
    })
    .exactOptional(),
  secondFactor: z.enum(["off", "optional"]).exactOptional(),
  smtp: z.strictObject({ from: z.string(), recovery: z.boolean().exactOptional() }).exactOptional(),
  images: z
    .strictObject({
      registry: z.string().exactOptional(),
      pullSecrets: z.array(z.string()).exactOptional(),
      override: z.partialRecord(z.enum(imageNames), z.string()).exactOptional(),
    })
    .exactOptional(),
  insecureDevMode: z.boolean().default(false),
  demoUpstream: z.boolean().default(false),
});

type Plain = z.infer<typeof schema>;
type PlainDatabase = Plain["database"];

/** Everything that a stack's configuration says, checked, with its secrets where they belong. */
export type Settings = Readonly<
  Omit<Plain, "loginProviders" | "database" | "smtp"> & {
    loginProviders: NonEmpty<Plain["loginProviders"][0] & { readonly clientSecret: Output<string> }>;
    database:
      | Extract<PlainDatabase, { kind: "inCluster" }>
      | (Extract<PlainDatabase, { kind: "external" }> & { readonly password: Output<string> });
    smtp?: NonNullable<Plain["smtp"]> & { readonly uri: Output<string> };
  }
>;

/** Mistakes in a stack's configuration: all of them in one report, printed without a stack trace. */
export class SettingsProblem extends RunError {
  constructor(readonly problems: readonly Problem[]) {
    super(report("The stack's configuration", problems));
  }
}

/**
 * Reads the running stack's configuration.
 *
 * @throws {SettingsProblem} that names every unknown key, wrong type and missing secret
 */
export function loadSettings(): Settings {
  const own = Object.entries(runtime.allConfig()).flatMap(([key, value]) =>
    key.startsWith(`${PROJECT}:`) ? [[key.slice(PROJECT.length + 1), value] as const] : [],
  );
  return parseSettings(Object.fromEntries(own));
}

/**
 * Checks a configuration as the engine hands it over: every value is text, objects and numbers are JSON.
 *
 * @throws {SettingsProblem}
 */
export function parseSettings(config: Readonly<Record<string, string>>): Settings {
  const [secrets, plain] = partition(config);
  const given = Object.fromEntries(
    Object.entries(plain).map(([key, text]) => [key, valueOf(key, text)] as const),
  );
  const parsed = schema.safeParse(given);
  if (!parsed.success)
    throw new SettingsProblem(parsed.error.issues.flatMap((issue) => problemsOf(issue, given)));
  const problems = secretProblems(parsed.data, secrets);
  if (problems.length > 0) throw new SettingsProblem(problems);
  return deepFreeze(withSecrets(parsed.data, secrets));
}

const CLIENT_SECRET = "clientSecret.";
const DATABASE_PASSWORD = "databasePassword";
const SMTP_URI = "smtpUri";

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

function secretProblems(settings: Plain, texts: Readonly<Record<string, string>>): Problem[] {
  const wanted = [
    ...settings.loginProviders.map(({ id }) => `${CLIENT_SECRET}${id}`),
    ...(settings.database.kind === "external" ? [DATABASE_PASSWORD] : []),
    ...(settings.smtp ? [SMTP_URI] : []),
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

function withSecrets(plain: Plain, texts: Readonly<Record<string, string>>): Settings {
  const { loginProviders, database, smtp, ...rest } = plain;
  const at = (key: string) => secret(texts[key] ?? "");
  const complete = (provider: Plain["loginProviders"][0]) => ({
    ...provider,
    clientSecret: at(`${CLIENT_SECRET}${provider.id}`),
  });
  const [first, ...others] = loginProviders;
  return {
    ...rest,
    loginProviders: [complete(first), ...others.map(complete)],
    database: database.kind === "external" ? { ...database, password: at(DATABASE_PASSWORD) } : database,
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
