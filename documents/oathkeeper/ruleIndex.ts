import { found, type Problem } from "../shared/problem";
import { isWildcard, wildcardOver } from "./hosts";
import { overlap, parseMatchPattern, type MatchPattern } from "./matchPattern";

/** The part of a `Rule` that says which requests it takes. */
export interface MatchingRule {
  readonly url: string;
  readonly methods: readonly string[];
}

/** A `Rule` in the cluster or in a program. */
export interface NamedRule extends MatchingRule {
  readonly namespace: string;
  readonly name: string;
}

interface Parsed<Rule> {
  readonly rule: Rule;
  readonly pattern: MatchPattern;
}

/**
 * The Rules of one proxy, which answers 500 to a request that two of them match. Rules whose hosts are neither names nor
 * wildcards are ignored: the policy pack refuses them.
 */
export class RuleIndex<Rule extends MatchingRule> {
  private readonly byHost = new Map<string, Parsed<Rule>[]>();
  /** Rules of names, by the wildcard that covers them. */
  private readonly byWildcard = new Map<string, Parsed<Rule>[]>();

  /** Adds a rule. */
  add(rule: Rule): void {
    const pattern = parseMatchPattern(rule.url);
    if (!pattern) return;
    const parsed = { rule, pattern };
    for (const { host } of pattern.hosts) {
      put(this.byHost, host, parsed);
      if (!isWildcard(host)) put(this.byWildcard, wildcardOver(host), parsed);
    }
  }

  /** The rules that take some of the same requests as a rule. */
  meeting(rule: MatchingRule): Rule[] {
    const pattern = parseMatchPattern(rule.url);
    if (!pattern) return [];
    const near = new Set(pattern.hosts.flatMap(({ host }) => this.near(host)));
    return [...near].filter((other) => meet({ rule, pattern }, other)).map((other) => other.rule);
  }

  private near(host: string): Parsed<Rule>[] {
    const same = this.byHost.get(host) ?? [];
    const covered = isWildcard(host) ? this.byWildcard.get(host) : this.byHost.get(wildcardOver(host));
    return [...same, ...(covered ?? [])];
  }
}

function put<Value>(all: Map<string, Value[]>, key: string, value: Value): void {
  const there = all.get(key);
  if (there) there.push(value);
  else all.set(key, [value]);
}

/** Finds overlaps among a program's Rules, and between them and others in the cluster. */
export function overlapProblems(ours: readonly NamedRule[], others: readonly NamedRule[]): Problem[] {
  const index = new RuleIndex<NamedRule>();
  for (const other of others) index.add(other);
  return ours.flatMap((rule) => {
    const meeting = index.meeting(rule);
    index.add(rule);
    return meeting.map((other) => problem(rule, other));
  });
}

function meet(one: Parsed<MatchingRule>, other: Parsed<MatchingRule>): boolean {
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
