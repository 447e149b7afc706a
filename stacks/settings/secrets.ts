import { secret, type Output } from "@pulumi/pulumi";
import { z } from "zod";
import type { SecretReference } from "../../components/shared/clientSecret";
import type { NonEmpty } from "../../documents/oathkeeper/patterns";
import { found, type Problem } from "../../documents/shared/problem";
import { secretTextProblems, smtpUriProblems } from "../../documents/shared/secretText";
import { pathOf } from "./report";
import { PROJECT } from "./project";
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
export const CLIENT_SECRET = "clientSecret.";
const DATABASE_PASSWORD = "databasePassword";
const SMTP_URI = "smtpUri";

/** The keys that `pulumi config set --secret` writes, as a regular expression of JSON Schema. */
export const secretKeyPattern = `${CLIENT_SECRET.replace(".", "\\.")}.+|${DATABASE_PASSWORD}|${SMTP_URI}`;

/** Secrets are flat keys, so that `pulumi config set --secret` encrypts them one by one. */
export function partition(
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
export function withSecrets(plain: Plain, texts: Readonly<Record<string, string>>): Settings {
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
