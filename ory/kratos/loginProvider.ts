import { found, type Problem } from "../problem";

/** Kratos' name for the kind: `generic` is any OpenID Connect issuer with discovery. */
export type ProviderKind = "generic" | "google";

/** A sign-in button. Its client secret comes from the environment: `clientSecretVariable(position)`. */
export interface LoginProvider {
  /** Part of the callback URL and of every stored credential: never change it. */
  readonly id: string;
  readonly kind: ProviderKind;
  /**
   * Text of the button.
   * @default the id
   */
  readonly label?: string;
  /** Issuer URL; required for `generic`, fixed for `google`. */
  readonly issuerUrl?: string;
  readonly clientId: string;
  /** @default ["openid", "email", "profile"] */
  readonly scopes?: readonly string[];
  /** `file://` URL of the claims mapper inside the pod. */
  readonly mapperUrl: `file:///${string}`;
  /**
   * Proof Key for Code Exchange: `auto` uses it where the issuer's discovery document offers it. `force` changes the
   * callback URL, see {@link callbackUrl}.
   * @default "auto"
   */
  readonly pkce?: "auto" | "never" | "force";
}

/** The redirect URI to register at the provider. */
export function callbackUrl(publicUrl: string, provider: Pick<LoginProvider, "id" | "pkce">): string {
  const callback = `${publicUrl}/self-service/methods/oidc/callback`;
  return provider.pkce === "force" ? callback : `${callback}/${provider.id}`;
}

/** Checks ids (a path segment each, no two alike) and issuer URLs. */
export function loginProviderProblems(
  path: string,
  providers: readonly Pick<LoginProvider, "id" | "kind" | "issuerUrl">[],
): Problem[] {
  return providers.flatMap((provider, index) => {
    const at = `${path}[${index}]`;
    const problems: Problem[] = [];
    if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(provider.id))
      problems.push({
        path: `${at}.id`,
        value: found(provider.id),
        reason: "is not a lower-case name",
        fix: 'Use letters, digits and hyphens, for example "google".',
      });
    if (providers.findIndex((other) => other.id === provider.id) < index)
      problems.push({
        path: `${at}.id`,
        value: found(provider.id),
        reason: "is already the id of an earlier provider",
        fix: "Give every provider an id of its own.",
      });
    if (provider.kind === "generic" && !isHttpUrl(provider.issuerUrl))
      problems.push({
        path: `${at}.issuerUrl`,
        value: found(provider.issuerUrl),
        reason: "is not a URL with http or https",
        fix: 'Write the issuer as its discovery document does, for example "https://id.example.com".',
      });
    return problems;
  });
}

function isHttpUrl(text: string | undefined): boolean {
  return text !== undefined && /^https?:\/\/[^\s"']+$/.test(text) && URL.canParse(text);
}
