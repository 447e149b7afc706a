import type { RuleSpec } from "./ruleSpec";

/**
 * A rule that no request can match, because only http and https are ever asked for, and that would deny if one did.
 * It keeps the rule file from ever being empty: an empty one is never published, so the last rule could not be deleted,
 * and a proxy without a rule is never ready.
 */
export const sentinelRule: RuleSpec = {
  match: { url: "sentinel://portcullis.invalid/", methods: ["GET"] },
  upstream: { url: "http://portcullis.invalid", preserveHost: false },
  authenticators: [{ handler: "unauthorized" }],
  authorizer: { handler: "deny" },
  mutators: [{ handler: "noop" }],
};
