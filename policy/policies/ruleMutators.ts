import { found, type Problem } from "../../documents/shared/problem";
import { objectPolicy } from "../lib/policy";
import { letsNobodyIn, ruleOf } from "../lib/rules";

/** What every Rule needs, and what happens without it. */
const needed = [
  { handler: "header", without: "lets anybody's identity headers through" },
  {
    handler: "cookie",
    without: "sends the visitor's session to the upstream, which can use it on every other service",
  },
];

export const ruleMutators = objectPolicy({
  name: "rule-mutators",
  description: "Every Rule has the mutators header and cookie.",
  level: "mandatory",
  severity: "critical",
  why: "Without header the upstream trusts identity headers that a visitor wrote; without cookie it gets the visitor's session.",
  remediationSteps: "Add the mutators header and cookie to the Rule.",
  url: "https://www.ory.com/docs/oathkeeper/pipeline/mutator",
  options: {},
  *check(object): Generator<Problem> {
    const rule = ruleOf(object);
    if (!rule || letsNobodyIn(rule)) return;
    const handlers = (rule.mutators ?? []).map(({ handler }) => handler);
    const missing = needed.filter(({ handler }) => !handlers.includes(handler));
    if (missing.length === 0) return;
    yield {
      path: "spec.mutators",
      value: found(handlers),
      reason: missing.map(({ without }) => without).join(", and "),
      fix: `Add ${missing.map(({ handler }) => `{handler: ${handler}}`).join(" and ")}.`,
    };
  },
});
