import assert from "node:assert/strict";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { authorizeContext } from "../../../documents/nginx/authorize";
import { authorizeUrl } from "../../../documents/rules/authorize";
import { queryEscape } from "../../../documents/rules/requiredClaims";
import { claimsProblems, type Claims } from "../../../documents/rules/claims";
import { tokenRule } from "../../../documents/oathkeeper/bearerTokens";
import { NginxMaps } from "./nginxMaps";

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };
type Token = Readonly<Record<string, Json>>;

const ISSUER = "https://ci.example.com";

/** How the query of the proxy's template describes a token: test/e2e runs the template itself. */
function written(claims: Token, prefix = "", depth = 3): string {
  return Object.entries(claims)
    .map(([name, value]) => {
      const path = prefix + queryEscape(name);
      if (typeof value === "string") return `${path}=${queryEscape(value)}&`;
      if (typeof value === "boolean") return `${path}:${value}&`;
      if (Array.isArray(value))
        return value.map((one) => (typeof one === "string" ? `${path}=${queryEscape(one)}&` : "")).join("");
      if (isObject(value) && depth > 1) return written(value, `${path}/`, depth - 1);
      return "";
    })
    .join("");
}

function isObject(value: Json | undefined): value is Token {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** nginx' decision, in plain words. */
function meets(token: Token, required: Claims): boolean {
  return Object.entries(required).every(([name, wanted]) => {
    const value = token[name];
    if (typeof wanted === "boolean") return value === wanted;
    if (typeof wanted === "object" && !Array.isArray(wanted))
      return isObject(value) && meets(value, wanted as Claims);
    const texts = typeof wanted === "string" ? [wanted] : (wanted as readonly string[]);
    return (Array.isArray(value) ? value : [value]).some((one) => texts.some((text) => text === one));
  });
}

/** nginx' answer if the Rule requires `claims`. */
function letsIn(token: Token, claims: Claims): boolean {
  const url = authorizeUrl(
    undefined,
    tokenRule({ issuer: ISSUER, audience: "a", jwksUrl: "https://a", claims }).claims,
  );
  const required = url.slice(url.indexOf("&claims=") + "&claims=".length);
  const maps = new NginxMaps(authorizeContext, {
    access_everybody: "1",
    access_claims: required,
    visitor_is_known: "1",
    visitor_has_token: "1",
    visitor_claims: `&${written(token)}`,
  });
  return maps.value("allowed") !== "";
}

const word = fc.oneof(
  fc.constantFrom("a", "b", "ab", "sub", "acme/app", "acme/app2", "x acme/app", "true", "a=b", "a&b", "a;b"),
  fc.stringMatching(/^[ab&=;:,/%+ |\né☃"'\\$(){}]{1,5}$/),
);
const name = fc.constantFrom("sub", "a", "b", "a/b", "a b", "claim;x", "ref=");
const scalar: fc.Arbitrary<Json> = fc.oneof(
  word,
  fc.boolean(),
  fc.integer(),
  fc.constant(null),
  fc.array(fc.oneof(word, fc.integer()), { maxLength: 3 }),
);
const token: fc.Arbitrary<Token> = fc.dictionary(
  name,
  fc.oneof(scalar, fc.dictionary(name, fc.oneof(scalar, fc.dictionary(name, scalar)))),
);
const wanted = fc.oneof(word, fc.boolean(), fc.array(word, { minLength: 1, maxLength: 3 }));
const inner = fc.dictionary(name, wanted, { minKeys: 1, maxKeys: 2 });
const required: fc.Arbitrary<Claims> = fc.dictionary(name, fc.oneof(wanted, inner), {
  minKeys: 1,
  maxKeys: 3,
});

describe("required claims", () => {
  it("are met exactly when a token has every one of them, compared literally", () => {
    fc.assert(
      fc.property(token, required, (given, claims) => {
        assert.equal(letsIn({ ...given, iss: ISSUER }, claims), meets(given, claims));
      }),
      { numRuns: 2000 },
    );
  });

  it("are met by a token that has exactly these claims", () => {
    fc.assert(
      fc.property(required, (claims) => {
        const token = JSON.parse(JSON.stringify(claims)) as Token;
        assert.ok(letsIn({ ...token, iss: ISSUER }, claims));
      }),
    );
  });

  it("are not met by a claim that is missing, of another type, longer, shorter or hidden in another", () => {
    const repository = "acme/app";
    const refused: readonly Token[] = [
      {},
      { repository: "" },
      { repository: "acme/app2" },
      { repository: "xacme/app" },
      { repository: "acme/ap" },
      { repository: "ACME/app" },
      { repository: "acme/app " },
      { repository: "acme/app\n" },
      { repository: "acme%2Fapp" },
      { repository: ["evil/app"] },
      { repository: [["acme/app"]] },
      { repository: { repository } },
      { repository: null },
      { repository: true },
      { repository: 1 },
      { Repository: repository },
      { other: "&repository=acme%2Fapp&" },
      { other: "x&repository=acme/app&" },
      { "other&repository": repository },
      { "x=&repository": repository },
      { "repository=acme/app": "x" },
      { other: { repository } },
    ];
    for (const one of refused)
      assert.ok(!letsIn({ ...one, iss: ISSUER }, { repository }), JSON.stringify(one));
    assert.ok(letsIn({ repository, iss: ISSUER }, { repository }));
    assert.ok(letsIn({ repository: ["x", repository], iss: ISSUER }, { repository }));
  });

  it("distinguish a boolean from its text", () => {
    assert.ok(letsIn({ iss: ISSUER, v: true }, { v: true }));
    for (const v of ["true", 1, "1", false, [true]]) assert.ok(!letsIn({ iss: ISSUER, v }, { v: true }));
    assert.ok(!letsIn({ iss: ISSUER, v: true }, { v: "true" }));
  });

  it("may have half of a surrogate pair, which Go's JSON reads as the character for what is none", () => {
    assert.equal(queryEscape("a\ud83d"), queryEscape("a\ufffd"));
    assert.ok(letsIn({ iss: ISSUER, v: "a\ufffd" }, { v: "a\ud83d" }));
  });

  it("are not met by a token of another issuer or of none", () => {
    assert.ok(!letsIn({ iss: "https://evil.example", sub: "a" }, { sub: "a" }));
    assert.ok(!letsIn({ sub: "a" }, { sub: "a" }));
  });

  it("are compared without exponential backtracking", () => {
    const texts = Array.from({ length: 20 }, () => "same");
    const names = Array.from({ length: 12 }, (_, at) => `name${at}`);
    const claims = Object.fromEntries(names.map((one) => [one, texts]));
    const token = Object.fromEntries(names.slice(1).map((one) => [one, texts]));
    const asked = { ask: () => letsIn({ ...token, iss: ISSUER }, claims) };
    // An implementation that tries all ways would take longer than anybody waits.
    assert.equal(runInNewContext("ask()", asked, { timeout: 30_000 }), false);
  });

  it("are reported when no token can meet them or the proxy does not compare them", () => {
    const reasons = (claims: Claims) =>
      claimsProblems("claims", claims).map((one) => `${one.path} ${one.reason}`);
    assert.deepEqual(reasons({ sub: "a", groups: ["a", "b"], v: true, a: { b: { c: "x" } } }), []);
    assert.deepEqual(reasons({}), ["claims names nothing"]);
    assert.deepEqual(reasons({ sub: [] }), ['claims["sub"] names nothing']);
    assert.deepEqual(reasons({ sub: "" }), ['claims["sub"] is empty']);
    assert.deepEqual(reasons({ sub: ["a", "repo:acme/*"] }), [
      'claims["sub"][1] has "*", which is not a wildcard: claims are compared literally',
    ]);
    assert.deepEqual(reasons({ a: { b: { c: { d: "x" } } } }), [
      'claims["a"]["b"]["c"] is deeper than 3 levels, as far as claims are compared',
    ]);
    assert.deepEqual(reasons({ "a\ud800": "x" }), ['claims["a\\ud800"] has half a character']);
    for (const name of ["iss", "aud", "exp", "scope"])
      assert.deepEqual(reasons({ [name]: "x" }), [`claims.${name} is not compared as a claim`]);
    const many = { sub: Array.from({ length: 101 }, (_, at) => `s${at}`) };
    assert.match(reasons(many)[0] ?? "", /more than 100 texts/);
  });
});
