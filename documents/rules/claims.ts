import { claimDepth, requiredClaimsQuery, type RequiredClaim } from "./requiredClaims";
import { quotedLength, routeForms } from "./routeForms";
import { found, type Problem } from "../shared/problem";

/**
 * What a token's claims must be, each to the letter: a text, one of several texts, or a boolean. A claim that is a list
 * fits when one of its texts does. A claim in an object is written as it is there: `{ realm_access: { roles: "ci" } }`.
 */
export interface Claims {
  /** A claim: its value, or the claims within it. */
  readonly [name: string]: string | boolean | readonly string[] | Claims;
}

/** Every request carries them all. */
const maxValues = 100;

/** What the proxy checks or changes by itself. */
const claimsElsewhere: Readonly<Record<string, string>> = {
  iss: "Write it as issuer.",
  aud: "Write it as audience.",
  exp: "Leave it out: the proxy checks it.",
  nbf: "Leave it out: the proxy checks it.",
  iat: "Leave it out: the proxy checks it.",
  scope: 'Write "scp": the proxy splits the scopes of a token and puts them there.',
  scopes: 'Write "scp": the proxy splits the scopes of a token and puts them there.',
};

/** Each claim that is required, with its way through the objects. */
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

/** Checks that every claim can be met by some token, and that none means less than its words. */
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
 * Checks how long the claims are as a Rule has them.
 *
 * @param value what the user is told that he wrote
 */
export function claimsLengthProblems(
  path: string,
  value: string,
  claims: readonly RequiredClaim[],
  fix: string,
): Problem[] {
  const length = quotedLength(requiredClaimsQuery(claims));
  if (length <= routeForms.maxText) return [];
  const reason = `is ${length} characters as a Rule has it, issuer and escapes too, and nginx reads ${routeForms.maxText}`;
  return [{ path, value, reason, fix }];
}

/**
 * Checks that every claim can be met by somebody's claims.
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
      'has "*", which stands for nothing else: claims are compared to the letter',
      "List the texts, or require a claim that all of them share.",
    );
  return [];
}
