import { parseMatchPattern } from "../../documents/oathkeeper/matchPattern";
import { found, type Problem } from "../../documents/shared/problem";
import { objectPolicy } from "../lib/policy";
import { isSentinel, ruleOf } from "../lib/rules";

export const rulePattern = objectPolicy({
  name: "rule-pattern",
  description: "Every Rule matches literal hosts.",
  level: "mandatory",
  severity: "high",
  why: "A pattern with an open host also takes look-alikes and other teams' hosts, and two Rules on one URL answer 500.",
  remediationSteps:
    "Begin match.url with literal hosts that end at a port or a slash, for example `https://app.example.com/<**>`.",
  url: "https://www.ory.com/docs/oathkeeper/api-access-rules#access-rule-format",
  options: {},
  *check(object): Generator<Problem> {
    const rule = ruleOf(object);
    if (!rule || isSentinel(object)) return;
    const url = rule.match?.url ?? "";
    if (parseMatchPattern(url)) return;
    yield {
      path: "spec.match.url",
      value: found(url),
      reason: "does not begin with literal hosts that end at a port or a slash",
      fix: "Write for example https://app.example.com/<**>.",
    };
  },
});
