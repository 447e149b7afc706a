/**
 * Regular expressions for the rules of Traefik's routers, which have a language of their own: calls of matchers, joined by
 * `&&`, `||`, `!` and parentheses. These expressions also match if a required operator is missing, which keeps them short:
 * Traefik itself refuses such a rule. They match no comments and no escapes in quoted texts, so that they read each text as
 * Traefik does.
 * @see https://doc.traefik.io/traefik/reference/routing-configuration/http/routing/rules-and-priority/
 */
const gap = "\\s*";

/** A quoted host name; `*` means every host of a HostSNI. */
export const hostLiteral = '(`[\\w.*-]+`|"[\\w.*-]+")';

/** Names one or more hosts. */
export const hostCall = call("Host(SNI|Header)?", hostLiteral);

const otherCall = call(
  "(Method|Path(Prefix|Regexp)?|Headers?(Regexp)?|Query(Regexp)?|ClientIP|ALPN)",
  '(`[^`]*`|"[^"\\\\\\n]*")',
);

/** A condition that names no host, with parentheses up to this depth. */
function other(depth: number): string {
  const condition =
    depth === 0 ? otherCall : `(${otherCall}|${inParentheses(`(${other(depth - 1)}(&&|[|][|])?${gap})+`)})`;
  return `!*${condition}${gap}`;
}

/** Alternatives of conditions, each of which names at least one host. */
function restricted(depth: number): string {
  const hosts = depth === 0 ? hostCall : `(${hostCall}|${inParentheses(restricted(depth - 1))})`;
  return `((${other(2)}&&${gap})*${hosts}${gap}(&&${gap}${other(2)})*(&&|[|][|])?${gap})+`;
}

/** A rule that matches only requests for the hosts that it names. */
export const restrictedToHosts = `^${gap}${restricted(1)}$`;

function call(matcher: string, argument: string): string {
  return `${matcher}[(]${gap}${argument}(${gap},${gap}${argument})*${gap}[)]`;
}

function inParentheses(condition: string): string {
  return `[(]${gap}${condition}[)]`;
}
