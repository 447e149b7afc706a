import { secret, type Output } from "@pulumi/pulumi";
import type { SecretReference } from "../../components/shared/clientSecret";
import type { NonEmpty } from "../../documents/shared/nonEmpty";
import { found, type Problem } from "../../documents/shared/problem";
import { secretTextProblems, smtpUriProblems } from "../../documents/shared/secretText";
import type { SettingsSource } from "./report";
import { secretReference } from "./schema/fields";
import type { Plain } from "./schema/gateway";

type PlainDatabase = Plain["database"];
type PlainProvider = Plain["loginProviders"][0];

/** A login provider with its secret: the flat key's value, unless the file names another place. */
type WithSecret<Provider> = Provider extends PlainProvider
  ? Omit<Provider, "clientSecret"> & { readonly clientSecret: Output<string> | SecretReference }
  : never;

/** All of a stack's configuration, checked, with its secrets where they belong. */
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

type Given = Readonly<Record<string, unknown>>;

/** The start of the key of a login provider's secret; the provider's id follows. */
export const CLIENT_SECRET = "clientSecret.";
export const DATABASE_PASSWORD = "databasePassword";
export const SMTP_URI = "smtpUri";

/** The keys that `pulumi config set --secret` writes, as a regular expression of JSON Schema. */
export const secretKeyPattern = `${CLIENT_SECRET.replace(".", "\\.")}.+|${DATABASE_PASSWORD}|${SMTP_URI}`;

/** A secret as it was given. */
export interface GivenSecret {
  readonly value: Output<string>;
  /** Absent if it is known only later. */
  readonly text?: string;
}

/** Secrets by their keys in a stack's file. */
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

/** A setting that may name a Secret in the cluster, with the key that otherwise has the value. */
interface Place {
  readonly property: string;
  readonly key: string;
  /** What was written there. */
  readonly value: unknown;
}

function placesOf({ database, loginProviders, smtp }: Given): readonly Place[] {
  const providers = Array.isArray(loginProviders) ? loginProviders.map(objectOf) : [];
  return [
    ...providers.flatMap(({ id, clientSecret, secretManager }, index) =>
      (clientSecret ?? null) === null && secretManager !== undefined
        ? []
        : [
            {
              property: `loginProviders[${index}].clientSecret`,
              key: CLIENT_SECRET + (typeof id === "string" ? id : "<id>"),
              value: clientSecret ?? undefined,
            },
          ],
    ),
    ...(objectOf(database)["kind"] === "external"
      ? [{ property: "database.password", key: DATABASE_PASSWORD, value: objectOf(database)["password"] }]
      : []),
    ...(smtp === undefined ? [] : [{ property: "smtp.uri", key: SMTP_URI, value: objectOf(smtp)["uri"] }]),
  ];
}

/** An unreadable setting does not show to what a secret belongs. */
function isUnread(key: string, { database, loginProviders }: Given): boolean {
  if (key === DATABASE_PASSWORD)
    return database !== undefined && typeof objectOf(database)["kind"] !== "string";
  if (!key.startsWith(CLIENT_SECRET)) return false;
  return (
    !Array.isArray(loginProviders) || !loginProviders.every((one) => typeof objectOf(one)["id"] === "string")
  );
}

function objectOf(value: unknown): Given {
  return typeof value === "object" && value !== null ? (value as Given) : {};
}

/** Secrets that were written in plain text where settings only refer to them. They are never shown. */
export function openSecretProblems(source: SettingsSource, given: Given): Problem[] {
  return placesOf(given)
    .filter(({ value }) => ["string", "number", "boolean"].includes(typeof value))
    .map(({ key, property }) => ({
      path: source.path(property),
      value: "a value",
      reason: "must not contain the secret itself",
      fix: [
        `Remove it. ${source.ofMissingSecret(key)}.`,
        ...(key === SMTP_URI ? [] : ["Or name a Secret: {secretName, key}."]),
        "Anyone who can read the file knows a value that was in it in plain text: make a new one.",
      ].join(" "),
    }));
}

/** A setting that is wrong itself says nothing about its secrets. */
export function secretProblems(source: SettingsSource, given: Given, secrets: GivenSecrets): Problem[] {
  const places = placesOf(given);
  const isRead = (key: string) => !isUnread(key, given);
  const keysOf = (some: readonly Place[]) => some.map(({ key }) => key).filter(isRead);
  const wanted = keysOf(places.filter(({ value }) => value === undefined));
  // A mistaken reference may be meant to be the key's value.
  const belong = keysOf(places.filter(({ value }) => !secretReference.safeParse(value).success));
  const missing = wanted.filter((key) => !secrets[key] || secrets[key].text === "");
  const unused = Object.keys(secrets).filter((key) => isRead(key) && !belong.includes(key));
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
