import { found, type Problem } from "../problem";

/** Programs that may use a service with a bearer token of an issuer they trust: CI, Grafana, curl. */
export interface Machines {
  /** The token's `iss`, to the letter. */
  readonly issuer: string;
  /** What the token's `aud` must name. Give every service one of its own: it alone says who may enter. */
  readonly audience: string;
  /** Where the proxy fetches the issuer's public keys; each needs `kid` and `use: "sig"`. */
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
export function machinesProblems(path: string, { issuer, audience, jwksUrl }: Machines): Problem[] {
  return [
    ...textProblems(`${path}.issuer`, issuer),
    ...textProblems(`${path}.audience`, audience),
    ...jwksUrlProblems(`${path}.jwksUrl`, jwksUrl),
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
  if (!URL.canParse(value))
    return problem("is not a URL", 'Write for example "https://issuer.example.com/jwks.json".');
  const { protocol, hostname, username, password } = new URL(value);
  if (username !== "" || password !== "")
    return [
      {
        path,
        value: "a URL with a user name",
        reason: "holds credentials",
        fix: "Leave them out: the keys are public.",
      },
    ];
  if (protocol === "https:" || (protocol === "http:" && hostname.endsWith(".svc"))) return [];
  return problem(
    "is neither https nor a Service of the cluster",
    'Write for example "https://issuer.example.com/jwks.json" or "http://issuer.ci.svc:8080/jwks.json".',
  );
}
