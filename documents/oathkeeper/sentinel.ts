import type { RuleSpec } from "./ruleSpec";

/**
 * A rule that no request can match, because requests use only http and https. It would deny a request if one did. It keeps
 * the rule file from becoming empty: an empty file is never published, so the last rule could not be deleted, and a proxy
 * without a rule is never ready.
 */
export const sentinelRule: RuleSpec = {
  match: { url: "sentinel://portcullis.invalid/", methods: ["GET"] },
  upstream: { url: "http://portcullis.invalid", preserveHost: false },
  authenticators: [{ handler: "unauthorized" }],
  authorizer: { handler: "deny" },
  mutators: [{ handler: "noop" }],
};
