import { found, type Problem } from "./problem";

/** An issuer's URL has no user, no query and no fragment. @see https://openid.net/specs/openid-connect-core-1_0.html#IssuerIdentifier */
const issuerPattern = /^https?:\/\/(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::\d{1,5})?(?:\/[\w.~%+=,:@-]*)*$/i;
const withCredentials = /^(?:[^/?#]*\/\/)?[^/?#]*@/;

/** Checks the form of an issuer's URL. A URL with a password in it is not shown. */
export function issuerUrlProblems(path: string, url: string | undefined): Problem[] {
  const problem = (reason: string, value = found(url)): Problem[] => [
    {
      path,
      value,
      reason,
      fix: 'Write the issuer as its discovery document does, for example "https://id.example.com".',
    },
  ];
  if (url !== undefined && withCredentials.test(url))
    return problem(
      "has a user name or a password in it, which anyone who may read ConfigMaps can read",
      "a URL with an @ before its host",
    );
  if (url === undefined || !/^https?:\/\//i.test(url)) return problem("is not a URL with http or https");
  if (!issuerPattern.test(url) || !URL.canParse(url))
    return problem("has what no issuer's URL has: a space, a quote, a brace, a query or a fragment");
  return discoveryProblems(path, url);
}

/** Refuses the URL of the discovery document as the issuer: clients would look for that document below it. */
export function discoveryProblems(path: string, url: string): Problem[] {
  const [, issuer] = /^(.*?)\/+\.well-known\/openid-configuration\/*$/i.exec(url) ?? [];
  if (issuer === undefined) return [];
  return [
    {
      path,
      value: found(url),
      reason: "is the URL of the issuer's discovery document, not of the issuer",
      fix: `Write what is before it: ${found(issuer)}.`,
    },
  ];
}

/**
 * Checks that nobody between the cluster and the issuer can answer in its place. Names below `.localhost` lead to the
 * machine itself.
 */
export function plainHttpProblems(path: string, url: string | undefined): Problem[] {
  if (url === undefined || !URL.canParse(url)) return [];
  const { protocol, hostname } = new URL(url);
  if (protocol !== "http:" || hostname === "localhost" || hostname.endsWith(".localhost")) return [];
  return [
    {
      path,
      value: found(url),
      reason: "is plain http, so anyone on the network path can sign in as anybody",
      fix: "Write its https URL. Only a gateway with insecureDevMode takes another one.",
    },
  ];
}
