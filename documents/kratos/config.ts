import type { SameSite } from "../shared/cookies";
import type { Duration } from "../shared/duration";
import type { NonEmpty } from "../shared/nonEmpty";
import type { Release } from "../shared/release";
import { tracingConfig, type Tracing } from "../shared/tracing";
import { refuseChangedEmail, refuseLinking, refuseNativeFlow } from "./guards";
import { identitySchemaId, identitySchemaUrl } from "./identitySchema";
import { issuerOf, type RegisteredProvider } from "./loginProvider";
import type { SecondFactor } from "./secondFactor";

/** Ports of Kratos' listeners. The admin one has no authentication. */
export const kratosPorts = { public: 4433, admin: 4434 } as const;

/** An address that nobody has: no answer of the public listener leads there. */
const adminUrl = `http://127.0.0.1:${kratosPorts.admin}/`;

/** Probe paths on the public listener: readiness also means that the database answers and is migrated. */
export const kratosHealth = { alive: "/health/alive", ready: "/health/ready" } as const;

/** The version that each document is written for; without it, Kratos warns at every start. */
const kratosVersions: Record<Release, string> = { "v26.2": "v26.2.0", "v1.3": "v1.3.1" };

/** Path of the session check on the public listener. */
export const whoamiPath = "/sessions/whoami";

/**
 * How long a page of a sign-in or of the settings may stay open before its form is sent. Every redirect to the login page
 * writes a row that lives this long. Recovery and verification keep Kratos' hour, because their mail may be late.
 */
const flowLifespan: Duration = "15m";

export interface KratosConfigInput {
  readonly release: Release;
  /** Domain of the cookies and relying party of security keys: the bare name without port. */
  readonly domain: string;
  /** URL at which browsers reach the public API, without a slash at the end. */
  readonly publicUrl: string;
  /** URL of the login UI, without a slash at the end. */
  readonly loginUiUrl: string;
  /**
   * Where a browser goes after signing out.
   * @default the login page
   */
  readonly signedOutUrl?: string;
  /** Where a flow may send a browser at its end; `https://*.apps.example.com/` covers all hosts of a domain. */
  readonly allowedReturnUrls: NonEmpty<string>;
  readonly sameSite: SameSite;
  /** Name of the session cookie. */
  readonly sessionCookie: string;
  readonly sessionLifespan: Duration;
  /** Whether a new sign-in ends the user's other sessions. */
  readonly onePerUser: boolean;
  readonly secondFactor: SecondFactor;
  /** In the order of the buttons. */
  readonly providers: NonEmpty<RegisteredProvider>;
  /**
   * Where its spans go.
   * @default nowhere
   */
  readonly tracing?: Tracing;
  /** Who can connect to the admin listener: containers of the same pod, or everything that reaches the pod's address. */
  readonly adminListener: "loopback" | "pod";
  /** The connection URI is a secret, and is in the environment. Without this property no mail is ever sent. */
  readonly smtp?: {
    readonly from: string;
    /**
     * Whether users can get in by a link sent to their address. This bypasses the login provider.
     * @default false
     */
    readonly recovery?: boolean;
  };
}

/**
 * Builds Kratos' configuration. It holds no secret: those are environment variables, see `environment.ts`.
 * @see https://www.ory.com/docs/kratos/reference/configuration
 */
export function kratosConfig(input: KratosConfigInput) {
  const { domain, sameSite } = input;
  return {
    version: kratosVersions[input.release],
    log: { level: "info", format: "json" },
    serve: listeners(input),
    cookies: { domain, path: "/", same_site: sameSite },
    session: {
      lifespan: input.sessionLifespan,
      cookie: { name: input.sessionCookie, domain, path: "/", same_site: sameSite },
      whoami: { required_aal: requiredAal(input) },
    },
    ...(input.tracing && { tracing: tracingConfig("kratos", input.tracing) }),
    ciphers: { algorithm: "xchacha20-poly1305" },
    identity: {
      default_schema_id: identitySchemaId,
      schemas: [{ id: identitySchemaId, url: identitySchemaUrl() }],
    },
    ...(input.smtp === undefined ? {} : { courier: { smtp: { from_address: input.smtp.from } } }),
    selfservice: {
      default_browser_return_url: `${input.loginUiUrl}/`,
      allowed_return_urls: [...input.allowedReturnUrls],
      flows: flows(input),
      methods: methods(input),
    },
  };
}

function listeners({ publicUrl, loginUiUrl, adminListener }: KratosConfigInput) {
  return {
    public: {
      base_url: `${publicUrl}/`,
      port: kratosPorts.public,
      request_log: { disable_for_health: true },
      // Only the login UI: pages of protected services must not control a user's account settings.
      cors: { enabled: true, allowed_origins: [loginUiUrl], allow_credentials: true },
    },
    // The public listener redirects /admin to it; the default would reveal the pod's name to anybody.
    admin: {
      ...(adminListener === "loopback" && { host: "127.0.0.1" }),
      port: kratosPorts.admin,
      base_url: adminUrl,
      request_log: { disable_for_health: true },
    },
  };
}

/** What a session needs: the second factor, for users who have set one up. */
function requiredAal({ secondFactor }: KratosConfigInput) {
  return secondFactor === "off" ? "aal1" : "highest_available";
}

function flows(input: KratosConfigInput) {
  const { loginUiUrl, onePerUser, signedOutUrl, smtp } = input;
  const before = { hooks: [refuseNativeFlow] };
  return {
    error: { ui_url: `${loginUiUrl}/error` },
    login: {
      ui_url: `${loginUiUrl}/login`,
      lifespan: flowLifespan,
      before,
      after: {
        oidc: {
          hooks: [
            { hook: "require_verified_address" },
            ...(onePerUser ? [{ hook: "revoke_active_sessions" }] : []),
          ],
        },
      },
    },
    logout: { after: { default_browser_return_url: signedOutUrl ?? `${loginUiUrl}/login` } },
    recovery: {
      enabled: smtp?.recovery ?? false,
      ui_url: `${loginUiUrl}/recovery`,
      before,
      use: "link",
    },
    registration: {
      // The claims mapper decides who gets an identity; no other method is enabled.
      enabled: true,
      ui_url: `${loginUiUrl}/registration`,
      lifespan: flowLifespan,
      before,
      after: { oidc: { hooks: [refuseChangedEmail, { hook: "session" }] } },
    },
    settings: {
      ui_url: `${loginUiUrl}/settings`,
      lifespan: flowLifespan,
      before,
      privileged_session_max_age: "15m",
      required_aal: requiredAal(input),
      after: { oidc: { hooks: [refuseLinking] } },
    },
    verification: {
      enabled: smtp !== undefined,
      ui_url: `${loginUiUrl}/verification`,
      before,
      use: "link",
    },
  };
}

function methods(input: KratosConfigInput) {
  return {
    oidc: { enabled: true, config: { providers: input.providers.map(providerConfig) } },
    ...secondFactorMethods(input),
    // Every other method would bypass the login provider. Some are on by default.
    passkey: { enabled: false },
    password: { enabled: false },
    code: { enabled: false, passwordless_enabled: false },
    link: { enabled: input.smtp !== undefined },
    profile: { enabled: false },
  };
}

function providerConfig(provider: RegisteredProvider) {
  const issuer = issuerOf(provider);
  return {
    id: provider.id,
    provider: provider.kind,
    label: provider.label,
    ...(issuer === undefined ? {} : { issuer_url: issuer }),
    ...(provider.tenant === undefined ? {} : { microsoft_tenant: provider.tenant }),
    client_id: provider.clientId,
    mapper_url: provider.mapperUrl,
    scope: [...provider.scopes],
    pkce: provider.pkce ?? "auto",
    ...(provider.claimsSource === "userinfo" && { claims_source: provider.claimsSource }),
  };
}

/** WebAuthn without `passwordless` accepts passkeys as a second factor; Kratos' `passkey` method is always a first factor. */
function secondFactorMethods({ secondFactor, domain, loginUiUrl }: KratosConfigInput) {
  const enabled = secondFactor !== "off";
  return {
    totp: { enabled, config: { issuer: domain } },
    lookup_secret: { enabled },
    webauthn: {
      enabled,
      config: { passwordless: false, rp: { id: domain, display_name: domain, origins: [loginUiUrl] } },
    },
  };
}
