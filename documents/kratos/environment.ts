import { createHash } from "node:crypto";
import type { Release } from "../shared/release";
import type { SecretVersions } from "../shared/secretVersions";

/**
 * Environment variables that carry what must not be in the configuration document. Kratos merges them over it.
 * Set `enableServiceLinks: false` on its pods: the variables have no prefix.
 * @see https://www.ory.com/docs/kratos/configuring
 */
export const kratosVariables = {
  dsn: "DSN",
  /**
   * The password where the DSN has none, for Kratos' PostgreSQL driver as for libpq.
   * @see https://www.postgresql.org/docs/17/libpq-envars.html
   */
  databasePassword: "PGPASSWORD",
  smtpUri: "COURIER_SMTP_CONNECTION_URI",
  /** Where the admin API listens, and in the courier only the metrics. */
  adminHost: "SERVE_ADMIN_HOST",
} as const;

/** Variable of the client secret of the provider at a position in `loginProviders`. */
export function clientSecretVariable(index: number): string {
  return `SELFSERVICE_METHODS_OIDC_CONFIG_PROVIDERS_${index}_CLIENT_SECRET`;
}

/** A secret that the program generates and Kratos reads as a list: it uses the first one, and reads what others have made. */
export interface GeneratedSecret {
  readonly purpose: "cookie" | "cipher" | "default" | "pagination";
  readonly variable: string;
  /**
   * Characters, letters and digits only. Kratos uses each as an AES or XChaCha20 key, so the length is exact; a value
   * of only digits is read as a number and stops the start.
   */
  readonly length: 32;
}

/** The secrets Kratos needs; without them each pod would make its own and read nobody else's cookies. */
export function generatedSecrets(release: Release): readonly GeneratedSecret[] {
  const everywhere: GeneratedSecret[] = [
    { purpose: "cookie", variable: "SECRETS_COOKIE", length: 32 },
    { purpose: "cipher", variable: "SECRETS_CIPHER", length: 32 },
    { purpose: "default", variable: "SECRETS_DEFAULT", length: 32 },
  ];
  // Before this release the key of page tokens was a public constant.
  return release === "v1.3"
    ? everywhere
    : [...everywhere, { purpose: "pagination", variable: "SECRETS_PAGINATION", length: 32 }];
}

/**
 * What Kratos reads a secret's versions from. It takes the list of cookies' secrets for pairs where it reads the cookie that a
 * browser brings back from the login provider: one to sign by and one to encrypt by, so each version is two. Else that cookie
 * would be of two versions, and nobody could finish a sign-in that was begun before a rotation.
 */
export function secretList({ purpose }: GeneratedSecret, { current, next, former }: SecretVersions): string {
  const versions = [current, next, ...former];
  return (purpose === "cookie" ? versions.flatMap((one) => [one, encryptionKey(one)]) : versions).join(",");
}

/** 32 characters as well, always the same of the same secret; a letter first, so that it is never read as a number. */
function encryptionKey(secret: string): string {
  return `k${createHash("sha256").update(secret).digest("hex").slice(0, 31)}`;
}
