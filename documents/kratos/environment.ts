import type { Release } from "../shared/release";

/**
 * Environment variables that carry what must not be in the configuration document. Kratos merges them over it.
 * Set `enableServiceLinks: false` on its pods: the variables have no prefix.
 * @see https://www.ory.com/docs/kratos/configuring
 */
export const kratosVariables = {
  dsn: "DSN",
  /** Not Kratos' own: the DSN refers to it where the password is in somebody else's Secret, and the clean-up's psql reads it. */
  databasePassword: "POSTGRES_PASSWORD",
  smtpUri: "COURIER_SMTP_CONNECTION_URI",
  /** Where the admin API listens, and in the courier only the metrics. */
  adminHost: "SERVE_ADMIN_HOST",
} as const;

/** Variable of the client secret of the provider at a position in `loginProviders`. */
export function clientSecretVariable(index: number): string {
  return `SELFSERVICE_METHODS_OIDC_CONFIG_PROVIDERS_${index}_CLIENT_SECRET`;
}

/** A secret that the program generates and Kratos reads as a list, newest first, joined by commas. */
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
