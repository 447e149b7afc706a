/**
 * Kratos' names for the kinds of provider that prove an address. `generic` is any OpenID Connect issuer with discovery,
 * for example Okta, Keycloak, Auth0 or Dex.
 */
export const providerKinds = ["generic", "google", "microsoft", "github", "github-app", "gitlab"] as const;
/** One of {@link providerKinds}. */
export type ProviderKind = (typeof providerKinds)[number];
