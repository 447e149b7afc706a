import { asciiLower } from "../shared/emails";
import { issuerUrlProblems, plainHttpProblems } from "../shared/issuerUrl";
import { referenceProblems } from "../shared/kubernetesNames";
import type { Partly } from "../shared/partly";
import { found, ofKnown, within, type Path, type Problem } from "../shared/problem";
import { admissionProblems, type Admission, type AdmitArgs } from "./admit";
import { entraIssuer, mapperSizeProblems, type UnverifiedAddresses } from "./claimsMapper";
import { identityListProblems } from "./namedIdentities";
import { providerKinds, type ProviderKind } from "./providerKinds";

/**
 * Proof Key for Code Exchange: `auto` uses it if the issuer's discovery document offers it, `force` always. `force`
 * changes the callback URL, which is in the gateway's `callbackUrls`. Kratos reads no such document for microsoft and
 * github.
 * @see https://github.com/ory/kratos/pull/4078
 */
export const pkceModes = ["auto", "force", "never"] as const;
/** One of {@link pkceModes}. */
export type Pkce = (typeof pkceModes)[number];

/**
 * Where a provider's claims about a person are read: in the ID token, or at its userinfo endpoint, where some issuers
 * give more claims than in the token. Kratos asks for the ID token in both cases, and refuses a userinfo of another
 * subject.
 * @see https://openid.net/specs/openid-connect-core-1_0.html#UserInfo
 */
export const claimsSources = ["id_token", "userinfo"] as const;
/** One of {@link claimsSources}. */
export type ClaimsSource = (typeof claimsSources)[number];

/**
 * A sign-in button and whom it admits, as plain data, from which Kratos' configuration, its claims mapper and the list
 * of named identities are built.
 */
export interface LoginProviderSpec extends Admission<AdmitArgs> {
  /** Part of the callback URL and of every stored credential: never change it. */
  readonly id: string;
  /** Kratos' name for the kind of provider. */
  readonly kind: ProviderKind;
  /** Text of the button. */
  readonly label: string;
  /** Issuer URL: required for `generic`, your own server for `gitlab`. */
  readonly issuerUrl?: string;
  /** The Entra tenant's id; required for `microsoft`. */
  readonly tenant?: string;
  /** Scopes that are requested from the provider. */
  readonly scopes: readonly string[];
  /** @default "auto" */
  readonly pkce?: Pkce;
  /**
   * Only for `generic`.
   * @default "id_token"
   */
  readonly claimsSource?: ClaimsSource;
  /**
   * Only for `generic` and `microsoft`.
   * @default "refused"
   */
  readonly unverifiedAddresses?: UnverifiedAddresses;
}

/** What is required to describe a provider; {@link loginProviderSpec} fills in the rest. */
export type LoginProviderClaims = Omit<LoginProviderSpec, "label" | "scopes"> &
  Partial<Pick<LoginProviderSpec, "label" | "scopes">>;

/** A provider with every default filled in: its label defaults to its id. */
export function loginProviderSpec(claims: LoginProviderClaims): LoginProviderSpec {
  return { ...claims, label: claims.label ?? claims.id, scopes: claims.scopes ?? defaultScopes(claims.kind) };
}

/** A provider as in Kratos' configuration. Its client secret comes from the environment: `clientSecretVariable(position)`. */
export interface RegisteredProvider extends Omit<LoginProviderSpec, keyof Admission> {
  readonly clientId: string;
  /** `file://` URL of the claims mapper inside the pod. */
  readonly mapperUrl: `file:///${string}`;
}

/**
 * GitHub has no OpenID Connect. Kratos reads the address from GitHub's API, and refuses scopes that were not granted. A
 * GitHub App has permissions instead of scopes.
 */
export function defaultScopes(kind: ProviderKind): readonly string[] {
  if (kind === "github-app") return [];
  return kind === "github" ? ["user:email"] : ["openid", "email", "profile"];
}

/** GitHub's names for the two kinds of client, and the forms of their ids, which distinguish them. */
const gitHubClients = {
  github: { name: "an OAuth app", id: /^(?:[0-9a-f]{20}$|Ov)/, other: "github-app" },
  "github-app": { name: "a GitHub App", id: /^Iv\d/, other: "github" },
} as const;

/** GitHub would accept either id and issue a token that Kratos then refuses, at the first sign-in. */
function gitHubClientProblems(path: string, { kind, clientId }: LoginProviderDraft): Problem[] {
  if ((kind !== "github" && kind !== "github-app") || clientId === undefined) return [];
  const { other } = gitHubClients[kind];
  if (!gitHubClients[other].id.test(clientId)) return [];
  return [
    {
      path,
      value: found(clientId),
      reason: `is the id of ${gitHubClients[other].name}, and ${kind} is for ${gitHubClients[kind].name}`,
      fix: `Write kind: ${other}, or take the client id of ${gitHubClients[kind].name}.`,
    },
  ];
}

/** Kratos refuses GitLab's claims unless it knows their issuer: the claims name none. */
export function issuerOf({
  kind,
  issuerUrl,
}: Pick<LoginProviderSpec, "kind" | "issuerUrl">): string | undefined {
  return issuerUrl ?? (kind === "gitlab" ? "https://gitlab.com" : undefined);
}

/** The issuer of a provider's accounts, as in its ID tokens: the same `sub` of another issuer is another person. */
export function accountsIssuer(
  provider: Pick<LoginProviderSpec, "kind" | "issuerUrl" | "tenant">,
): string | undefined {
  switch (provider.kind) {
    case "google":
      return "https://accounts.google.com";
    case "microsoft":
      return entraIssuer(provider.tenant ?? "");
    case "github":
    case "github-app":
      return "https://github.com";
    case "generic":
    case "gitlab":
      return issuerOf(provider);
  }
}

/** The ports at which Kratos calls providers: the one of https, and those of issuer URLs with another port. */
export function providerPorts(providers: readonly Pick<LoginProviderSpec, "issuerUrl">[]): number[] {
  const others = providers.flatMap(({ issuerUrl = "" }) => {
    if (!URL.canParse(issuerUrl)) return [];
    const { port, protocol } = new URL(issuerUrl);
    return port === "" ? (protocol === "http:" ? [80] : []) : [Number(port)];
  });
  return [...new Set([443, ...others])];
}

/** What a provider's redirect URI depends on, besides the gateway. */
export interface CallbackInput {
  readonly id: string;
  readonly pkce?: Pkce | undefined;
}

/** Where providers send browsers back to, each at its id below this path, except those that share one. */
export const callbackPath = "/self-service/methods/oidc/callback";

/** The redirect URI to register at the provider; with `force` all providers of a gateway share one. */
export function callbackUrl(publicUrl: string, { id, pkce }: CallbackInput): string {
  const callback = publicUrl + callbackPath;
  return pkce === "force" ? callback : `${callback}/${id}`;
}

/**
 * Checks every provider, and that no two have the same id or name the same person.
 *
 * @param insecureDevMode whether plain http is allowed for the gateway's providers
 */
export function loginProvidersProblems(
  path: string,
  providers: readonly LoginProviderDraft[],
  insecureDevMode = false,
): Problem[] {
  return [
    ...providers.flatMap((provider, index) => {
      const at = (property: string) => `${path}[${index}].${property}`;
      const ofProvider = loginProviderProblems(at, provider);
      const isRead = !insecureDevMode && ofProvider.every((problem) => problem.path !== at("issuerUrl"));
      return [...ofProvider, ...(isRead ? plainHttpProblems(at("issuerUrl"), provider.issuerUrl) : [])];
    }),
    ...repeatedIds(path, providers),
    ...repeatedPeople(path, providers),
    ...identityListProblems(path, providers),
  ];
}

/** A provider as it was given: with its client's id, if known, and the reference to its secret, if given beside it. */
export type LoginProviderDraft = Partly<LoginProviderSpec> & {
  readonly clientId?: string | undefined;
  readonly clientSecret?: unknown;
};

/** Checks one provider: its id (a path segment), what its kind needs, whom it admits, and where its secret is. */
export function loginProviderProblems(at: Path, provider: LoginProviderDraft): Problem[] {
  return [
    ...ofKnown(provider.id, (id) => idProblems(at("id"), id)),
    ...ofKnown(provider.kind, (kind) => kindProblems(at("kind"), kind)),
    ...issuerProblems(at("issuerUrl"), provider),
    ...gitHubClientProblems(at("clientId"), provider),
    ...(provider.kind === "microsoft" ? tenantProblems(at("tenant"), provider.tenant) : []),
    ...workspaceProblems(at("admit.workspaceDomains"), provider),
    ...admissionProblems(at, provider),
    ...mapperSizeProblems(at("admit"), provider.admit),
    ...referenceProblems(within(at, "clientSecret"), provider.clientSecret),
  ];
}

function idProblems(path: string, id: string): Problem[] {
  if (/^[a-z0-9][a-z0-9-]{0,62}$/.test(id)) return [];
  return [
    {
      path,
      value: found(id),
      reason: "is not a lower-case name",
      fix: 'Use letters, digits and hyphens, for example "google".',
    },
  ];
}

/** Kratos' other kinds send no `email_verified`, or send it for every address. */
const unproven = [
  ...["facebook", "slack", "spotify", "vk", "yandex", "patreon", "dingtalk", "lark", "x", "linkedin"],
];

/** The problem with a kind that is none of {@link providerKinds}, and what to write instead. */
export function unknownKind(kind: unknown): Pick<Problem, "reason" | "fix"> {
  const kinds = providerKinds.map(found).join(", ");
  return {
    reason: unproven.includes(String(kind))
      ? "proves no e-mail address, so nobody could be admitted by one"
      : "is not a kind of login provider",
    fix: `Write one of ${kinds}: any other OpenID Connect issuer is "generic" with its issuerUrl.`,
  };
}

function kindProblems(path: string, kind: string): Problem[] {
  if (providerKinds.some((known) => known === kind)) return [];
  return [{ path, value: found(kind), ...unknownKind(kind) }];
}

function issuerProblems(path: string, { kind, issuerUrl }: Partly<LoginProviderSpec>): Problem[] {
  const isRead = kind === "generic" || (kind === "gitlab" && issuerUrl !== undefined);
  return isRead ? issuerUrlProblems(path, issuerUrl) : [];
}

function tenantProblems(path: string, tenant: string | undefined): Problem[] {
  if (tenant !== undefined && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(tenant)) return [];
  return [
    {
      path,
      value: found(tenant),
      reason: "is not the id of one tenant, and an address of any other tenant proves nothing",
      fix: 'Write the directory (tenant) id of the app registration, for example "8eaef023-2b34-4da1-9baa-8bc8c9d6a490".',
    },
  ];
}

function workspaceProblems(path: string, { kind, admit }: Partly<LoginProviderSpec>): Problem[] {
  if (
    admit === undefined ||
    admit === "closed" ||
    kind === undefined ||
    kind === "google" ||
    kind === "generic"
  )
    return [];
  return (admit.workspaceDomains ?? []).map((domain, index) => ({
    path: `${path}[${index}]`,
    value: found(domain),
    reason: `is compared with the claim "hd", which ${kind} does not send`,
    fix: "Name the domain in emailDomains, or the addresses in emails.",
  }));
}

function repeatedIds(path: string, providers: readonly Partly<LoginProviderSpec>[]): Problem[] {
  return providers.flatMap(({ id }, index) =>
    id === undefined || providers.findIndex((other) => other.id === id) === index
      ? []
      : [
          {
            path: `${path}[${index}].id`,
            value: found(id),
            reason: "is already the id of an earlier provider",
            fix: "Give every provider an id of its own.",
          },
        ],
  );
}

/** Kratos stores an address only once, and identities are not linked: the second one could not be created. */
function repeatedPeople(path: string, providers: readonly Partly<LoginProviderSpec>[]): Problem[] {
  const earlier = new Set<string>();
  return providers.flatMap(({ identities = [] }, index) => {
    const emails = identities.map(({ email }) => email);
    const repeated = emails.flatMap((email, at) =>
      email !== undefined && earlier.has(asciiLower(email))
        ? [
            {
              path: `${path}[${index}].identities[${at}].email`,
              value: found(email),
              reason: "is already an identity of an earlier provider",
              fix: "Name every person at one provider.",
            },
          ]
        : [],
    );
    for (const email of emails) if (email !== undefined) earlier.add(asciiLower(email));
    return repeated;
  });
}
