import { found, type Problem } from "../../documents/shared/problem";
import { objectPolicy } from "../lib/policy";
import { ruleOf } from "../lib/rules";

export const ruleAuthenticators = objectPolicy({
  name: "rule-authenticators",
  description: "Every Rule has an authenticator.",
  level: "mandatory",
  severity: "medium",
  why: "Oathkeeper answers 500 to every request that such a Rule matches.",
  remediationSteps: "Add an authenticator to the Rule, for example cookie_session.",
  url: "https://www.ory.com/docs/oathkeeper/pipeline/authn",
  options: {},
  *check(object): Generator<Problem> {
    const rule = ruleOf(object);
    if (!rule || (rule.authenticators ?? []).length > 0) return;
    yield {
      path: "spec.authenticators",
      value: found(rule.authenticators),
      reason: "names none",
      fix: "Write for example [{handler: cookie_session}].",
    };
  },
});
