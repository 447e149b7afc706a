import { issuerKeysLocation } from "../nginx/issuerKeys";
import type { RequiredClaim } from "../nginx/requiredClaims";
import { found, type Problem } from "../problem";
import { claimsProblems, requiredClaims, type Claims } from "./claims";
import { multiTenantIssuer } from "./multiTenantIssuers";

/** Programs that may use a service with a bearer token of an issuer they trust: CI, Grafana, curl. */
export interface Machines {
  /** The token's `iss`, to the letter. */
  readonly issuer: string;
  /** What the token's `aud` must name. Give every service one of its own, or a token for one opens the others. */
  readonly audience: string;
  /**
   * What else the token must say, for example `{ repository: "acme/app" }`. An issuer that signs for many customers,
   * such as GitHub Actions, needs one that tells whose token it is.
   * @default whatever the issuer signs for the audience
   */
  readonly claims?: Claims;
  /**
   * Where the proxy fetches the issuer's public keys; each needs `kid` and `use: "sig"`. A new key is noticed within 30
   * seconds. Redirects are not followed.
   */
  readonly jwksUrl: string;
}

/** Signatures by private keys alone: with a shared secret whoever can check a token can make one. */
export const machineAlgorithms = [
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

/** Checks what decides who may come in with a token. */
export function machinesProblems(path: string, { issuer, audience, jwksUrl, claims }: Machines): Problem[] {
  return [
    ...textProblems(`${path}.issuer`, issuer),
    ...(issuer.includes(subjectSeparator) ? [separatorProblem(`${path}.issuer`, issuer)] : []),
    ...textProblems(`${path}.audience`, audience),
    ...(claims ? claimsProblems(`${path}.claims`, claims) : []),
    ...tenantProblems(`${path}.claims`, issuer, claims ?? {}),
    ...jwksUrlProblems(`${path}.jwksUrl`, jwksUrl),
  ];
}

/** What a token must say for a service, its issuer among it: what the judge of claims has to go by is all in one place. */
export function tokenClaims({ issuer, claims = {} }: Machines): RequiredClaim[] {
  return [{ path: ["iss"], values: [issuer] }, ...requiredClaims(claims)];
}

/** Stands between issuer and subject in a program's id, and so in no issuer. */
export const subjectSeparator = "|";

function separatorProblem(path: string, value: string): Problem {
  return {
    path,
    value: found(value),
    reason: `has "${subjectSeparator}", which ends the issuer in the id that the service is told`,
    fix: "Use an issuer without it.",
  };
}

function tenantProblems(path: string, issuer: string, claims: Claims): Problem[] {
  const shared = multiTenantIssuer(issuer);
  if (!shared || shared.claims.some((name) => name in claims)) return [];
  return [
    {
      path,
      value: found(claims),
      reason: `${Object.keys(claims).length === 0 ? "is missing" : "names no owner"}: ${shared.name} signs tokens with this issuer for every customer, and whoever asks for one chooses its audience`,
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
      reason: "is empty or has spaces or letters that no token claim should have",
      fix: "Write it exactly as the tokens have it.",
    },
  ];
}

/** Over http only inside the cluster: whoever changes the keys on the way decides who comes in. */
function jwksUrlProblems(path: string, value: string): Problem[] {
  const problem = (reason: string, fix: string): Problem[] => [{ path, value: found(value), reason, fix }];
  const example =
    'Write for example "https://issuer.example.com/jwks.json" or "http://issuer.ci.svc:8080/jwks.json".';
  // Before the @ may be a password, whatever else is wrong.
  if (value.includes("@"))
    return [
      {
        path,
        value: "a URL with a user name",
        reason: "holds credentials",
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
