import { authority, isWildcard, wildcardStart, type Domain } from "./hosts";
import type { NonEmpty } from "../shared/nonEmpty";

/** The scheme that browsers use; behind a TLS-terminating ingress the proxy learns it from X-Forwarded-Proto. */
export type Scheme = "http" | "https";

/**
 * The pattern of all URLs of some hosts, in Oathkeeper's glob strategy. Scheme, hosts and port are literal, except for the
 * first label of a wildcard. The path is any path, or one of some paths or below it. The whole text is anchored, so a
 * look-alike host never matches.
 *
 * @param paths checked by `servicePathsProblems`
 * @throws RangeError on a character that means something in a pattern; `hostProblems` reports those readably beforehand
 * @see https://www.ory.com/docs/oathkeeper/api-access-rules#access-rule-format
 */
export function urlPattern(
  scheme: Scheme,
  hosts: NonEmpty<string>,
  domain: Domain,
  paths?: NonEmpty<string>,
): string {
  const authorities = hosts.map((host) => authority(literal(host), domain));
  const [only, ...more] = authorities;
  // Between < and > the text is a glob, in which a star does not match dots; outside, it is literal.
  const isLiteral = more.length === 0 && !isWildcard(hosts[0]);
  const anyOf = isLiteral ? only : `<{${authorities.join(",")}}>`;
  return `${scheme}://${anyOf}/${paths ? pathsPattern(paths) : "<**>"}`;
}

function pathsPattern(paths: NonEmpty<string>): string {
  const forms = paths.map((path) => path.slice(1)).flatMap((path) => [path, `${path}/**`]);
  return `<{${forms.join(",")}}>`;
}

function literal(host: string): string {
  const named = isWildcard(host) ? host.slice(wildcardStart.length) : host;
  if (!/^[a-z0-9.-]+$/.test(named)) throw new RangeError(`not a literal host: ${JSON.stringify(host)}`);
  return host;
}
