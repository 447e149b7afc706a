import { issuerKeysLocation, issuerKeysUrl, serviceAccountKeysUrl } from "../rules/issuerKeys";
import type { RequiredClaim } from "../rules/requiredClaims";
import { discoveryProblems } from "../shared/issuerUrl";
import { namespaceProblems, objectNameProblems } from "../shared/kubernetesNames";
import type { Partly } from "../shared/partly";
import { found, ofKnown, type Problem } from "../shared/problem";
import { claimsLengthProblems, claimsProblems, requiredClaims, type Claims } from "../rules/claims";
import { multiTenantIssuer } from "./multiTenantIssuers";
import type { NonEmpty } from "../shared/nonEmpty";

/** Programs that may use a service with a bearer token: CI, Grafana, curl, or pods of the cluster. */
export type BearerTokens = TokenIssuer | ServiceAccounts;

/** A service account of the cluster. */
export interface ServiceAccountName {
  /** Namespace of the service account. */
  readonly namespace: string;
  /** Name of the service account. */
  readonly name: string;
}

/** Pods of the cluster, by the tokens of their service accounts. The gateway must have `serviceAccountIssuer`. */
export interface ServiceAccounts {
  /** Service accounts whose tokens are accepted. */
  readonly serviceAccounts: NonEmpty<ServiceAccountName>;
  /**
   * What the token's `aud` must name: the `audience` of the pod's `serviceAccountToken` volume. Give every service its
   * own audience.
   * @see https://kubernetes.io/docs/concepts/storage/projected-volumes/#serviceaccounttoken
   */
  readonly audience: string;
}

/** Everybody for whom an issuer signs a token. */
export interface TokenIssuer {
  /** The token's `iss`, exactly. */
  readonly issuer: string;
  /** What the token's `aud` must name. Give every service its own audience, or a token for one service opens the others. */
  readonly audience: string;
  /**
   * Other claims that the token must have, for example `{ repository: "acme/app" }`. An issuer that signs for many
   * customers, such as GitHub Actions, needs a claim that says whose token it is.
   * @default any token that the issuer signs for the audience
   */
  readonly claims?: Claims;
  /**
   * URL from which the proxy fetches the issuer's public keys; each key needs `kid` and `use: "sig"`. A new key is
   * noticed within 30 seconds. Redirects are not followed.
   */
  readonly jwksUrl: string;
}

/** Only asymmetric signatures: anybody who can verify a token with a shared secret can also make one. */
export const bearerTokenAlgorithms = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
];

/** Checks the part that decides which tokens are accepted. */
export function bearerTokensProblems(path: string, machines: Partly<BearerTokens>): Problem[] {
  return areServiceAccounts(machines)
    ? serviceAccountsProblems(path, machines)
    : tokenIssuerProblems(path, machines);
}

function areServiceAccounts(machines: Partly<BearerTokens>): machines is Partly<ServiceAccounts> {
  return "serviceAccounts" in machines;
}

function serviceAccountsProblems(
  path: string,
  { serviceAccounts, audience }: Partly<ServiceAccounts>,
): Problem[] {
  const count = serviceAccounts?.length ?? 1;
  return [
    ...(serviceAccounts ?? []).flatMap(({ namespace, name }, index) => {
      const at = `${path}.serviceAccounts[${index}]`;
      return [
        ...ofKnown(namespace, (known) => namespaceProblems(`${at}.namespace`, known)),
        ...ofKnown(name, (known) => objectNameProblems(`${at}.name`, known, "a ServiceAccount")),
      ];
    }),
    ...(count === 0
      ? [
          {
            path: `${path}.serviceAccounts`,
            value: "[]",
            reason: "names nobody",
            fix: "Name a service account, or leave machines out.",
          },
        ]
      : []),
    ...(count > maxServiceAccounts
      ? [
          {
            path: `${path}.serviceAccounts`,
            value: `${count} service accounts`,
            reason: `has more than ${maxServiceAccounts}, and every request carries them all`,
            fix: "Let pods that do the same share one.",
          },
        ]
      : []),
    ...ofKnown(audience, (known) => textProblems(`${path}.audience`, known)),
  ];
}

const maxServiceAccounts = 100;

/** Checks that the gateway has what a service's machines need. */
export function gatewayBearerTokensProblems(
  path: string,
  machines: Partly<BearerTokens> | undefined,
  serviceAccountIssuer: string | undefined,
): Problem[] {
  if (!machines || !areServiceAccounts(machines)) return [];
  if (serviceAccountIssuer === undefined)
    return [
      {
        path: `${path}.serviceAccounts`,
        value: found(machines.serviceAccounts),
        reason: "needs the issuer of the cluster's service accounts, which the gateway does not name",
        fix: "Set serviceAccountIssuer of the gateway to what `kubectl get --raw /.well-known/openid-configuration` shows as issuer.",
      },
    ];
  const accounts = machines.serviceAccounts ?? [];
  const tooLong = claimsLengthProblems(
    `${path}.serviceAccounts`,
    `${accounts.length} service accounts`,
    [iss(serviceAccountIssuer), subjectsOf(accounts)],
    "Let pods that do the same share one.",
  );
  if (machines.audience !== serviceAccountIssuer) return tooLong;
  return [
    ...tooLong,
    {
      path: `${path}.audience`,
      value: found(machines.audience),
      reason:
        "is the API server's own: anyone who receives such a token can do what its service account may do",
      fix: "Give the service an audience of its own, and the pods a serviceAccountToken volume with it.",
    },
  ];
}

function tokenIssuerProblems(
  path: string,
  { issuer, audience, jwksUrl, claims }: Partly<TokenIssuer>,
): Problem[] {
  return [
    ...ofKnown(issuer, (known) => issuerProblems(`${path}.issuer`, known)),
    ...ofKnown(audience, (known) => textProblems(`${path}.audience`, known)),
    ...ofKnown(claims, (known) => claimsProblems(`${path}.claims`, known as Claims)),
    ...ofKnown(issuer, (known) => tenantProblems(`${path}.claims`, known, (claims ?? {}) as Claims)),
    ...ofKnown(jwksUrl, (known) => jwksUrlProblems(`${path}.jwksUrl`, known)),
    ...(issuer === undefined || claims === undefined
      ? []
      : claimsLengthProblems(
          `${path}.claims`,
          found(claims),
          [iss(issuer), ...requiredClaims(claims as Claims)],
          "Require a claim that stands for several, such as the owner of repositories.",
        )),
  ];
}

/** What a Rule says about the tokens that it accepts. */
export interface TokenRule {
  readonly issuer: string;
  readonly audience: string;
  /** Where the proxy fetches the issuer's keys. */
  readonly keysUrl: string;
  /** The issuer comes first: a Rule always requires a claim. */
  readonly claims: readonly RequiredClaim[];
}

/** @param serviceAccountIssuer the gateway's, which {@link gatewayBearerTokensProblems} has checked */
export function tokenRule(machines: BearerTokens, serviceAccountIssuer = ""): TokenRule {
  const { audience } = machines;
  if (!("serviceAccounts" in machines)) {
    const { issuer, jwksUrl, claims = {} } = machines;
    return {
      issuer,
      audience,
      keysUrl: issuerKeysUrl(jwksUrl),
      claims: [iss(issuer), ...requiredClaims(claims)],
    };
  }
  return {
    issuer: serviceAccountIssuer,
    audience,
    keysUrl: serviceAccountKeysUrl,
    claims: [iss(serviceAccountIssuer), subjectsOf(machines.serviceAccounts)],
  };
}

function subjectsOf(accounts: readonly Partly<ServiceAccountName>[]): RequiredClaim {
  const values = accounts.map(
    ({ namespace = "", name = "" }) => `system:serviceaccount:${namespace}:${name}`,
  );
  return { path: ["sub"], values };
}

function iss(issuer: string): RequiredClaim {
  return { path: ["iss"], values: [issuer] };
}

/** Separates issuer and subject in a program's id, so no issuer may contain it. */
export const subjectSeparator = "|";

/** Checks an issuer as it appears in a token. */
export function issuerProblems(path: string, value: string): Problem[] {
  if (!value.includes(subjectSeparator))
    return [...textProblems(path, value), ...discoveryProblems(path, value)];
  return [
    {
      path,
      value: found(value),
      reason: `has "${subjectSeparator}", which ends the issuer in the id that the service gets`,
      fix: "Use an issuer without it.",
    },
  ];
}

function tenantProblems(path: string, issuer: string, claims: Claims): Problem[] {
  const shared = multiTenantIssuer(issuer);
  if (!shared || shared.claims.some((name) => name in claims)) return [];
  return [
    {
      path,
      value: found(claims),
      reason: `${Object.keys(claims).length === 0 ? "is missing" : "names no owner"}: ${shared.name} signs tokens with this issuer for every customer, and anyone who asks for one chooses its audience`,
      fix: `Require at least one of ${shared.claims.join(", ")}, for example ${shared.example}.`,
    },
  ];
}

function textProblems(path: string, value: string): Problem[] {
  if (/^[\x21-\x7e]+$/.test(value)) return [];
  return [
    {
      path,
      value: found(value),
      reason: "is empty or has spaces or characters that no token claim should have",
      fix: "Write it exactly as the tokens have it.",
    },
  ];
}

/** Allows http only inside the cluster: anybody who can change the keys in transit decides who gets in. */
function jwksUrlProblems(path: string, value: string): Problem[] {
  const problem = (reason: string, fix: string): Problem[] => [{ path, value: found(value), reason, fix }];
  const example =
    'Write for example "https://issuer.example.com/jwks.json" or "http://issuer.ci.svc:8080/jwks.json".';
  // The part before the @ may be a password, whatever else is wrong.
  if (value.includes("@"))
    return [
      {
        path,
        value: "a URL with a user name",
        reason: "contains credentials",
        fix: "Leave them out: the keys are public.",
      },
    ];
  if (!/^[\x21-\x7e]+$/.test(value) || !URL.canParse(value)) return problem("is not a URL", example);
  const { protocol, hostname } = new URL(value);
  if (protocol !== "https:" && !(protocol === "http:" && hostname.endsWith(".svc")))
    return problem("is neither https nor a Service of the cluster", example);
  if (!keysUrl.test(value))
    return problem(
      "is not a name in lower case with a plain path, as the proxy asks for keys",
      `${example} Addresses without a name have no certificate.`,
    );
  return [];
}

const keysUrl = new RegExp(`^(https://${issuerKeysLocation.https}|http://${issuerKeysLocation.http()})$`);
