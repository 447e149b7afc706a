import { found, type Problem } from "../problem";
import { overlap, parseMatchPattern, type MatchPattern } from "./matchPattern";

/** A `Rule` of the cluster, or of a program. */
export interface NamedRule {
  readonly namespace: string;
  readonly name: string;
  readonly url: string;
  readonly methods: readonly string[];
}

interface Parsed {
  readonly rule: NamedRule;
  readonly pattern: MatchPattern;
}

/**
 * Finds what a program's Rules share with each other, and with others on the cluster. Both would match one request, and
 * the proxy would answer 500 to it. Rules whose hosts are not literal are not looked at: the policy pack refuses those.
 */
export function overlapProblems(ours: readonly NamedRule[], others: readonly NamedRule[]): Problem[] {
  const byHost = new Map<string, Parsed[]>();
  const remember = (parsed: Parsed) => {
    for (const { host } of parsed.pattern.hosts) {
      const there = byHost.get(host);
      if (there) there.push(parsed);
      else byHost.set(host, [parsed]);
    }
  };
  parsedRules(others).forEach(remember);
  return parsedRules(ours).flatMap((parsed) => {
    const near = new Set(parsed.pattern.hosts.flatMap(({ host }) => byHost.get(host) ?? []));
    remember(parsed);
    return [...near].filter((other) => meet(parsed, other)).map((other) => problem(parsed.rule, other.rule));
  });
}

function parsedRules(rules: readonly NamedRule[]): Parsed[] {
  return rules.flatMap((rule) => {
    const pattern = parseMatchPattern(rule.url);
    return pattern ? [{ rule, pattern }] : [];
  });
}

function meet(one: Parsed, other: Parsed): boolean {
  return (
    one.rule.methods.some((method) => other.rule.methods.includes(method)) &&
    overlap(one.pattern, other.pattern)
  );
}

function problem(rule: NamedRule, other: NamedRule): Problem {
  return {
    path: `Rule ${rule.namespace}/${rule.name}: spec.match.url`,
    value: found(rule.url),
    reason: `matches URLs of the Rule ${other.namespace}/${other.name} too, ${other.url}`,
    fix: "Give each a host or a path of its own: where two rules match, the proxy answers 500.",
  };
}
