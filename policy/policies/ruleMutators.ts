import { found, type Problem } from "../../documents/shared/problem";
import { objectPolicy } from "../lib/policy";
import { letsNobodyIn, ruleOf } from "../lib/rules";

export const ruleMutators = objectPolicy({
  name: "rule-mutators",
  description: "Every Rule has the header mutator.",
  level: "mandatory",
  severity: "critical",
  why: "Without it the upstream believes identity headers that a visitor wrote.",
  remediationSteps: "Add the mutator header to the Rule.",
  url: "https://www.ory.com/docs/oathkeeper/pipeline/mutator#header",
  options: {},
  *check(object): Generator<Problem> {
    const rule = ruleOf(object);
    if (!rule || letsNobodyIn(rule)) return;
    const handlers = (rule.mutators ?? []).map(({ handler }) => handler);
    if (handlers.includes("header")) return;
    yield {
      path: "spec.mutators",
      value: found(handlers),
      reason: "lets identity headers of anybody through",
      fix: "Add {handler: header}.",
    };
  },
});
