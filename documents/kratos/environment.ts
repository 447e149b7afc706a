import { createHash } from "node:crypto";
import type { Release } from "../shared/release";
import type { SecretVersions } from "../shared/secretVersions";

/**
 * Environment variables for what must not be in the configuration document. Kratos merges them over it. Set
 * `enableServiceLinks: false` on its pods: the variables have no prefix.
 * @see https://www.ory.com/docs/kratos/configuring
 */
export const kratosVariables = {
  dsn: "DSN",
  /**
   * The password if the DSN has none, for Kratos' PostgreSQL driver as for libpq.
   * @see https://www.postgresql.org/docs/17/libpq-envars.html
   */
  databasePassword: "PGPASSWORD",
  smtpUri: "COURIER_SMTP_CONNECTION_URI",
  /** The address of the admin API. In the courier, only the metrics listen there. */
  adminHost: "SERVE_ADMIN_HOST",
} as const;

/** Variable with the client secret of the provider at a position in `loginProviders`. */
export function clientSecretVariable(index: number): string {
  return `SELFSERVICE_METHODS_OIDC_CONFIG_PROVIDERS_${index}_CLIENT_SECRET`;
}

/** A generated secret that Kratos reads as a list: it uses the first one, and accepts what the others have made. */
export interface GeneratedSecret {
  readonly purpose: "cookie" | "cipher" | "default" | "pagination";
  readonly variable: string;
}

/** The secrets that Kratos needs. Without them, each pod would make its own and could not read the cookies of other pods. */
export function generatedSecrets(release: Release): readonly GeneratedSecret[] {
  const everywhere: GeneratedSecret[] = [
    { purpose: "cookie", variable: "SECRETS_COOKIE" },
    { purpose: "cipher", variable: "SECRETS_CIPHER" },
    { purpose: "default", variable: "SECRETS_DEFAULT" },
  ];
  // Before this release, the key of page tokens was a public constant.
  return release === "v1.3"
    ? everywhere
    : [...everywhere, { purpose: "pagination", variable: "SECRETS_PAGINATION" }];
}

/**
 * The list from which Kratos reads a secret's versions. For the cookie that a browser brings back from the login provider,
 * Kratos reads the list of cookie secrets as pairs, one to sign with and one to encrypt with, so each version is two
 * secrets. Otherwise that cookie would use two versions, and nobody could finish a sign-in that began before a rotation.
 */
export function secretList({ purpose }: GeneratedSecret, { current, next, former }: SecretVersions): string {
  const versions = [current, next, ...former];
  return (purpose === "cookie" ? versions.flatMap((one) => [one, encryptionKey(one)]) : versions).join(",");
}

/** 32 characters as well. The same secret always gives the same key. It begins with a letter, so it is never read as a number. */
function encryptionKey(secret: string): string {
  return `k${createHash("sha256").update(secret).digest("hex").slice(0, 31)}`;
}
