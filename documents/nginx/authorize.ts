import type { authorizeHeaders } from "../rules/authorize";
import { claimsMatch } from "../rules/requiredClaims";

/** The headers of {@link authorizeHeaders}, as the forwarding server takes them from a decision. */
export const visitorVariables = {
  known: "$visitor_is_known",
  bearerToken: "$visitor_has_token",
  claims: "$visitor_claims",
  email: "$visitor_email",
  groups: "$visitor_groups",
} as const satisfies Record<keyof typeof authorizeHeaders, string>;

/**
 * Decides from what Oathkeeper reports about the visitor, and from what the rule that it names says about who may use the
 * service: the variables `$access_…`, `$listed_…` and `$…_groups`, which are generated from the rules. A rule without them
 * lets nobody in. An entry of a list is a key of a hash, so a list of thousands takes no longer than a list of two.
 */
export const authorizeContext = `# All behind the last @ of the address.
map "${visitorVariables.email}" $visitor_domain {
  "~%40((?:(?!%40)\\S)+)$" $1;
  default "";
}
# A token proves no address: no list of people lets a program in, and its claims let no person in.
map "$access_claims ${visitorVariables.claims}" $has_claims {
  "~${claimsMatch}" 1;
  default "";
}
# Numbers of the groups that the rule names, and of those that the visitor is in: whether one is among both.
map "$access_groups $email_groups$domain_groups" $listed_group {
  "~^(?:\\S*,)?(\\d+),\\S* (?:\\S*,)?\\1," 1;
  default "";
}
# Names of the groups by claims that the rule names, and of those that the identity server has for the visitor.
map "$access_claimed_groups ${visitorVariables.groups}" $claimed_group {
  "~^(?:\\S*\\.)?([a-z0-9-]+)\\.\\S* (?:\\S*\\.)?\\1\\." 1;
  default "";
}
map "${visitorVariables.bearerToken}" $may_use {
  "" "$access_everybody$listed_email$listed_domain$listed_group$claimed_group";
  default $has_claims;
}
map "${visitorVariables.known}" $known_may_use {
  "" "";
  default $may_use;
}
map "$access_any" $allowed {
  "" $known_may_use;
  default 1;
}
`;
