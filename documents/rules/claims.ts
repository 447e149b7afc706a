import { claimDepth, requiredClaimsQuery, type RequiredClaim } from "./requiredClaims";
import { quotedLength, routeForms } from "./routeForms";
import { found, type Problem } from "../shared/problem";

/**
 * What a token's claims must be, each compared exactly: a text, one of several texts, or a boolean. A claim that is a
 * list matches if one of its texts does. A claim in an object is written as it is there:
 * `{ realm_access: { roles: "ci" } }`.
 */
export interface Claims {
  /** A claim: its value, or the claims within it. */
  readonly [name: string]: string | boolean | readonly string[] | Claims;
}

/** Every request carries all of them. */
const maxValues = 100;

/** Claims that the proxy checks or changes by itself. */
const claimsElsewhere: Readonly<Record<string, string>> = {
  iss: "Write it as issuer.",
  aud: "Write it as audience.",
  exp: "Leave it out: the proxy checks it.",
  nbf: "Leave it out: the proxy checks it.",
  iat: "Leave it out: the proxy checks it.",
  scope: 'Write "scp": the proxy splits the scopes of a token and puts them there.',
  scopes: 'Write "scp": the proxy splits the scopes of a token and puts them there.',
};

/** Each required claim, with its path through the objects. */
export function requiredClaims(claims: Claims): RequiredClaim[] {
  return Object.entries(claims).flatMap(([name, value]): RequiredClaim[] => {
    if (typeof value === "string" || typeof value === "boolean") return [{ path: [name], values: [value] }];
    if (isList(value)) return [{ path: [name], values: value }];
    return requiredClaims(value).map(({ path, values }) => ({ path: [name, ...path], values }));
  });
}

function isList(value: readonly string[] | Claims): value is readonly string[] {
  return Array.isArray(value);
}

/** Checks that some token can meet each claim, and that no claim requires less than it seems to. */
export function claimsProblems(path: string, claims: Claims): Problem[] {
  const flat = requiredClaims(claims);
  const values = flat.flatMap(({ values }) => values);
  const tooMuch = (value: string, reason: string): Problem => ({
    path,
    value,
    reason: `${reason}, and every request carries them all`,
    fix: "Require a claim that stands for several, such as the owner of repositories.",
  });
  return [
    ...(values.length > maxValues
      ? [tooMuch(`${values.length} texts`, `has more than ${maxValues} texts`)]
      : []),
    ...anyClaimsProblems(path, claims, claimsElsewhere),
  ];
}

/**
 * Checks how long the claims are in a Rule.
 *
 * @param value what the problem quotes as the user's input
 */
export function claimsLengthProblems(
  path: string,
  value: string,
  claims: readonly RequiredClaim[],
  fix: string,
): Problem[] {
  const length = quotedLength(requiredClaimsQuery(claims));
  if (length <= routeForms.maxText) return [];
  const reason = `is ${length} characters in a Rule, with the issuer and escapes, and nginx reads ${routeForms.maxText}`;
  return [{ path, value, reason, fix }];
}

/**
 * Checks that somebody's claims can meet each claim.
 *
 * @param elsewhere what to write instead of claims that cannot be required, by their names
 */
export function anyClaimsProblems(
  path: string,
  claims: Claims,
  elsewhere: Readonly<Record<string, string>> = {},
): Problem[] {
  return [
    ...Object.entries(claims).flatMap(([name, value]) => {
      const fix = Object.hasOwn(elsewhere, name) ? elsewhere[name] : undefined;
      if (fix === undefined) return claimProblems(`${path}[${found(name)}]`, name, value, claimDepth);
      return [{ path: `${path}.${name}`, value: found(value), reason: "is not compared as a claim", fix }];
    }),
    ...(Object.keys(claims).length === 0 ? [nothing(path, claims)] : []),
  ];
}

function nothing(path: string, value: Claims | readonly string[]): Problem {
  return {
    path,
    value: found(value),
    reason: "names nothing",
    fix: "Name what it must be, or leave it out.",
  };
}

function claimProblems(path: string, name: string, value: Claims[string], depth: number): Problem[] {
  const ofName = textProblems(path, name);
  if (typeof value === "boolean") return ofName;
  if (typeof value === "string") return [...ofName, ...textProblems(path, value)];
  if (isList(value))
    return [
      ...ofName,
      ...(value.length === 0 ? [nothing(path, value)] : []),
      ...value.flatMap((one, at) => textProblems(`${path}[${at}]`, one)),
    ];
  if (depth === 1)
    return [
      {
        path,
        value: found(value),
        reason: `is deeper than ${claimDepth} levels, as far as claims are compared`,
        fix: "Require a claim above it.",
      },
    ];
  const inner = Object.entries(value);
  return [
    ...ofName,
    ...(inner.length === 0 ? [nothing(path, value)] : []),
    ...inner.flatMap(([name, one]) => claimProblems(`${path}[${found(name)}]`, name, one, depth - 1)),
  ];
}

function textProblems(path: string, value: string): Problem[] {
  const problem = (reason: string, fix: string): Problem[] => [{ path, value: found(value), reason, fix }];
  if (value === "") return problem("is empty", "Write it exactly as the tokens have it.");
  if (/\p{Surrogate}/u.test(value)) return problem("has half a character", "Write whole characters.");
  if (value.includes("*"))
    return problem(
      'has "*", which is not a wildcard: claims are compared literally',
      "List the texts, or require a claim that all of them share.",
    );
  return [];
}
