import { authorizeUrlPrefix, claimsParameter } from "../rules/authorize";
import {
  issuerKeysLocation,
  issuerKeysPrefix,
  serviceAccountKeysUrl,
  serviceAccountsName,
} from "../rules/issuerKeys";
import { queryEscape } from "../rules/requiredClaims";
import { multiTenantIssuers, type MultiTenantIssuer } from "../oathkeeper/multiTenantIssuers";
import { escaped, list, only, text } from "./cel";
import type { Validation } from "./policy";

const settings = ["trusted_issuers", "target_audience", "jwks_urls"];

/** CEL: the URLs at which the proxy fetches keys through its cache; of Services only those in the Rule's own namespace. */
export const cachedKeys = `${text(`^${escaped(issuerKeysPrefix)}(${escaped(serviceAccountsName)}|https/${issuerKeysLocation.https}|http/`)} + ${text(issuerKeysLocation.http("NAMESPACE"))}.replace('NAMESPACE', request.namespace) + ')$'`;

/**
 * What a Rule may accept of tokens: their issuer, and the claims that they must have. If the issuer signs for many
 * customers, the claims must name the owner.
 */
export function tokenValidations(): Validation[] {
  return [oneIssuer(), requiredClaims(), namedServiceAccount(), ...multiTenantIssuers.map(namedTenant)];
}

function oneIssuer(): Validation {
  return {
    expression: ofTokens(
      `${only("one", settings)} && ${settings.map((name) => `size(one.config.${name}) == 1`).join(" && ")} &&` +
        " one.config.trusted_issuers.all(issuer, issuer.matches('^[!-{}~]+$')) &&" +
        " one.config.jwks_urls.all(url, url.matches(variables.keys))",
    ),
    message: `jwt takes ${settings.join(", ")}, one of each, with keys that the proxy asks for through its cache: ${issuerKeysPrefix}https/ci.example.com/keys, or ${issuerKeysPrefix}http/ and a Service of the Rule's own namespace.`,
  };
}

function requiredClaims(): Validation {
  return {
    expression: ofTokens(
      `object.spec.authorizer.handler == 'remote_json' && has(object.spec.authorizer.config) && has(object.spec.authorizer.config.remote) && object.spec.authorizer.config.remote.contains(${text(`${claimsParameter}iss=`)})`,
    ),
    message: `jwt needs the authorizer remote_json, whose remote ends in what the token must say: ${authorizeUrlPrefix}everybody=1${claimsParameter}iss=https%3A%2F%2Fci.example.com;`,
  };
}

function namedServiceAccount(): Validation {
  return {
    expression: ofTokens(`!(${text(serviceAccountKeysUrl)} in one.config.jwks_urls) || ${requires(["sub"])}`),
    message: "The cluster signs tokens for every pod: remote must require sub.",
  };
}

function namedTenant({ name, issuers, claims }: MultiTenantIssuer): Validation {
  return {
    expression: ofTokens(
      `!one.config.trusted_issuers.exists(issuer, issuer in ${list(issuers)}) || ${requires(claims)}`,
    ),
    message: `${name} signs tokens for every customer: remote must require one of ${claims.join(", ")}.`,
  };
}

/** The authorizer must require one of the claims. */
function requires(claims: readonly string[]): string {
  const names = claims.map((name) => escaped(queryEscape(name)));
  const pattern = `${claimsParameter}([^&]*;)?(${names.join("|")})=[^&]*$`;
  return `object.spec.authorizer.config.remote.matches(${text(pattern)})`;
}

function ofTokens(condition: string): string {
  return `object.spec.authenticators.all(one, one.handler != 'jwt' || ${condition})`;
}
