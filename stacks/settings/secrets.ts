import { secret, type Output } from "@pulumi/pulumi";
import { z } from "zod";
import type { SecretReference } from "../../components/shared/clientSecret";
import type { NonEmpty } from "../../documents/oathkeeper/patterns";
import { found, type Problem } from "../../documents/shared/problem";
import { secretTextProblems, smtpUriProblems } from "../../documents/shared/secretText";
import type { SettingsSource } from "./report";
import type { Plain } from "./schema/gateway";

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

/** Begins the key of a login provider's secret, whose id follows. */
export const CLIENT_SECRET = "clientSecret.";
export const DATABASE_PASSWORD = "databasePassword";
export const SMTP_URI = "smtpUri";

/** The keys that `pulumi config set --secret` writes, as a regular expression of JSON Schema. */
export const secretKeyPattern = `${CLIENT_SECRET.replace(".", "\\.")}.+|${DATABASE_PASSWORD}|${SMTP_URI}`;

/** A secret as it was given. */
export interface GivenSecret {
  readonly value: Output<string>;
  /** Absent where it is known only later. */
  readonly text?: string;
}

/** Secrets by the keys that a stack's file has them under. */
export type GivenSecrets = Readonly<Record<string, GivenSecret>>;

/** Secrets are flat keys, so that `pulumi config set --secret` encrypts them one by one. */
export function partition(
  config: Readonly<Record<string, string>>,
): [GivenSecrets, Readonly<Record<string, string>>] {
  const isSecret = ([key]: [string, string]) =>
    key === DATABASE_PASSWORD || key === SMTP_URI || key.startsWith(CLIENT_SECRET);
  const entries = Object.entries(config);
  const secrets = entries
    .filter(isSecret)
    .map(([key, text]) => [key, { text, value: secret(text) }] as const);
  return [Object.fromEntries(secrets), Object.fromEntries(entries.filter((entry) => !isSecret(entry)))];
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
export function secretProblems(
  source: SettingsSource,
  given: Readonly<Record<string, unknown>>,
  secrets: GivenSecrets,
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
  const missing = wanted.filter((key) => !secrets[key] || secrets[key].text === "");
  const unused = Object.keys(secrets).filter((key) => !wanted.includes(key) && !isUndecided(key));
  const misspelt = Object.entries(secrets).flatMap(([key, { text = "" }]) =>
    key === SMTP_URI && text !== ""
      ? smtpUriProblems(source.secretPath(key), text)
      : secretTextProblems(source.secretPath(key), text),
  );
  return [
    ...misspelt,
    ...missing.map((key) => ({
      path: source.secretPath(key),
      value: found(undefined),
      reason: "is missing",
      fix: source.ofMissingSecret(key),
    })),
    ...unused.map((key) => ({
      path: source.secretPath(key),
      value: "a secret",
      reason: "belongs to nothing in this stack",
      fix: source.ofUnusedSecret(key),
    })),
  ];
}

/** Settings with their secrets where they belong; {@link secretProblems} has found none missing. */
export function withSecrets(plain: Plain, secrets: GivenSecrets): Settings {
  const { loginProviders, database, smtp, ...rest } = plain;
  const at = (key: string) => secrets[key]?.value ?? secret("");
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
