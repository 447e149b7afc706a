import { asciiLower } from "../shared/emails";
import { nginxPorts } from "./ports";
import { queryEscape, requiredClaimsQuery, type RequiredClaim } from "./requiredClaims";

/** Who may use a service, in lower case; no lists means everybody who is signed in. */
export interface AuthorizeLists {
  readonly emails: readonly string[];
  readonly domains: readonly string[];
  /** Names of the gateway's groups. */
  readonly groups: readonly string[];
}

const path = "/authorize";

/** The start of every URL of {@link authorizeUrl}. */
export const authorizeUrlPrefix = `http://127.0.0.1:${nginxPorts.sessionCheck}${path}?`;

/** The URL by which the Rule of a group says that the group's members are known from their claims. */
export const claimedGroupUrl = `${authorizeUrlPrefix}claimed=1`;

/** What Oathkeeper reports about a visitor, besides the identity headers. No upstream receives it. */
export const authorizeHeaders = {
  /** Says that the visitor is known: a person or a bearer token. */
  known: "X-Portcullis-Known",
  /** Says that a bearer token was verified, which proves no address. */
  bearerToken: "X-Portcullis-Machine",
  /** That token's claims as {@link claimsTemplate} writes them. */
  claims: "X-Portcullis-Claims",
  /** The verified address as {@link queryEscape} writes it. */
  email: "X-Portcullis-Email",
  /** Names of the groups that a person is in by claims, each followed by a dot. */
  groups: "X-Portcullis-Groups",
} as const;

/**
 * The URL by which a Rule says who may use its service: the lists are part of the Rule itself. nginx checks them: no
 * request is sent to this URL.
 *
 * @param claims what a bearer token must have; without any, no token is accepted
 * @param words further parameters, which decide nothing
 */
export function authorizeUrl(
  lists?: AuthorizeLists,
  claims: readonly RequiredClaim[] = [],
  words = "",
): string {
  const people = lists ? listsQuery(lists) : "everybody=1";
  return (
    authorizeUrlPrefix +
    people +
    words +
    (claims.length === 0 ? "" : claimsParameter + requiredClaimsQuery(claims))
  );
}

/** The start of the claims in a URL of {@link authorizeUrl}. */
export const claimsParameter = "&claims=";

function listsQuery({ emails, domains, groups }: AuthorizeLists): string {
  return Object.entries({ emails, domains, groups })
    .flatMap(([name, entries]) =>
      entries.length === 0 ? [] : [`${name}=${entries.map(queryEscape).join(",")}`],
    )
    .join("&");
}

/** The content of a URL of {@link authorizeUrl}. */
export interface AuthorizeQuestion {
  /** @default everybody who is signed in */
  readonly lists?: AuthorizeLists;
}

/**
 * Reads a URL of {@link authorizeUrl}, as whoever writes it by hand may spell it; undefined for any other, whose Rule nginx
 * leaves out.
 *
 * @param words names of the further parameters that it may have, which decide nothing
 */
export function parseAuthorizeUrl(url: string, words: readonly string[] = []): AuthorizeQuestion | undefined {
  if (!url.startsWith(authorizeUrlPrefix)) return undefined;
  const [people = ""] = url.slice(authorizeUrlPrefix.length).split(claimsParameter);
  const entries = people
    .split("&")
    .map((text) => text.split("="))
    .filter(([name = ""]) => !words.includes(name));
  if (entries.length === 1 && entries[0]?.join("=") === "everybody=1") return {};
  const names = entries.map(([name = ""]) => name);
  if (!names.every((name) => ["emails", "domains", "groups"].includes(name))) return undefined;
  if (new Set(names).size < names.length) return undefined;
  const listOf = (wanted: string) =>
    entries
      .filter(([name]) => name === wanted)
      .flatMap(([, list = ""]) => list.split(","))
      .map(entryOf);
  return { lists: { emails: listOf("emails"), domains: listOf("domains"), groups: listOf("groups") } };
}

/** An entry of a list in lower case. nginx compares escaped texts: one with other escapes stays as it is, and is nobody's. */
function entryOf(text: string): string {
  const entry = asciiLower(decoded(text));
  return queryEscape(entry).toLowerCase() === text.toLowerCase() ? entry : text;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Paths that some upstream may read as another path. They contain empty or dot segments, also followed by spaces or an
 * escaped end; parameters, fragments, backslashes, control characters; the escapes of a dot, a slash, a semicolon, a
 * backslash or a percent sign; or escapes that take more bytes than UTF-8 allows.
 */
export const ambiguousPath = String.raw`//|/\.\.?(?:%20)*(?:/|%23|%3f|$)|[;#\x5c]|%(?:2[ef5]|3b|5c|7f|[01][0-9a-f]|c0%|c1%9c|e0%80%|f0%80%80%)`;
