/** A claim that a bearer token must have: its name, after those of the objects it is in, and the texts it may have. */
export interface RequiredClaim {
  readonly path: readonly [string, ...string[]];
  readonly values: readonly (string | boolean)[];
}

/**
 * Escapes like Go's `urlquery`, with which the proxy escapes what a visitor sends. Half of a surrogate pair becomes U+FFFD, as in
 * Go's JSON.
 */
export function queryEscape(text: string): string {
  return encodeURIComponent(text.toWellFormed())
    .replaceAll("%20", "+")
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

/**
 * The claims as a Rule carries them: `iss=https%3A%2F%2Fci.example.com;ref=main=next;email_verified:true;`. Characters with
 * a meaning here are escaped in names and texts, and texts begin with another character than `true` and `false`.
 */
export function requiredClaimsQuery(claims: readonly RequiredClaim[]): string {
  return claims
    .map(({ path, values }) => `${path.map(queryEscape).join("/")}${values.map(claimValue).join("")};`)
    .join("");
}

function claimValue(value: string | boolean): string {
  return typeof value === "boolean" ? `:${value}` : `=${queryEscape(value)}`;
}

/** The maximum depth of objects in which a claim may be. */
export const claimDepth = 3;

/**
 * A Go template that writes a token's claims in the form of {@link requiredClaimsQuery}: with `&` before, between and after
 * them, and each text of a list separately. Numbers, nulls and nested lists are omitted, so nothing can require them.
 */
export function claimsTemplate(claims: string): string {
  return `&${entries(claims, "", claimDepth)}`;
}

function entries(claims: string, prefix: string, depth: number): string {
  const [name, value] = [`$name${depth}`, `$value${depth}`];
  const path = `${prefix}{{ urlquery ${name} }}`;
  const below =
    depth > 1 ? `{{ else if kindIs "map" ${value} }}${entries(value, `${path}/`, depth - 1)}` : "";
  return (
    `{{ range ${name}, ${value} := ${claims} }}` +
    `{{ if kindIs "string" ${value} }}${path}={{ urlquery ${value} }}&` +
    `{{ else if kindIs "bool" ${value} }}${path}:{{ ${value} }}&` +
    `{{ else if kindIs "slice" ${value} }}{{ range ${value} }}{{ if kindIs "string" . }}${path}={{ urlquery . }}&{{ end }}{{ end }}` +
    `${below}{{ end }}{{ end }}`
  );
}

const claimName = "[^=:; ]+";
const text = "[=:][^=:; ]+";

/**
 * Matches the required claims, a space and a token's claims if the token has all of them. The match of a claim is in a
 * lookahead, which is not retried, so the time grows with the lengths and not with the number of combinations.
 */
export const claimsMatch = `^(?:(?=((${claimName})(?:${text})*?(${text})(?:${text})*;)\\S* \\S*&\\2\\3&)\\1)+ `;
