import {
  decideFor,
  groupsOf,
  isValid,
  type Groups,
  type RuleToExplain,
} from "../../documents/oathkeeper/decision";
import { parseMatchPattern } from "../../documents/oathkeeper/matchPattern";
import { sentinelRule } from "../../documents/oathkeeper/sentinel";
import type { LastUses } from "./auditLog";
import type { Person } from "./person";

/** A service that a person may open. */
interface OpenService {
  /** Its address, or the pattern of its Rules if that is no address. */
  readonly url: string;
  /** The Rules that let the person in, as namespace/name. */
  readonly rules: readonly string[];
  readonly why: string;
  /** When the person last used it, in UTC; empty for never, undefined if it was not looked up. */
  readonly lastSeen?: string;
}

/** Everybody, with what they may open. */
export type Review = readonly (Person & { readonly services: readonly OpenService[] })[];

/**
 * Combines people and Rules. A person who may not sign in may open nothing. Services for which somebody must read the Rule
 * are listed, with a note.
 *
 * @param uses when a person last used a service, for `lastSeen`
 */
export function reviewOf(
  people: readonly Person[],
  rules: readonly RuleToExplain[],
  uses?: LastUses,
): Review {
  const services = byPattern(rules.filter(isValid));
  const groups = groupsOf(rules);
  return people.map((person) => ({
    ...person,
    services: person.isActive
      ? services.flatMap(({ pattern, rules: ofService }) => {
          const [first, ...others] = ofService.flatMap((rule) => openTo(rule, person, groups));
          return first ? [serviceOf(pattern, [first, ...others], first.why, person, uses)] : [];
        })
      : [],
  }));
}

/** A service has several Rules if its public paths differ by method; all of them have the same pattern. */
function byPattern(rules: readonly RuleToExplain[]) {
  const patternOf = ({ spec }: RuleToExplain) => spec?.match?.url ?? "";
  const patterns = new Set(rules.map(patternOf).filter((one) => one !== sentinelRule.match.url));
  return [...patterns].sort().map((pattern) => ({
    pattern,
    rules: rules.filter((rule) => patternOf(rule) === pattern),
  }));
}

interface Open {
  readonly rule: RuleToExplain;
  readonly why: string;
}

function openTo(rule: RuleToExplain, person: Person, groups: Groups): Open[] {
  const { decision, because } = decideFor(rule, person, groups);
  return decision === "allowed" || decision === "unknown" ? [{ rule, why: because.join(" ") }] : [];
}

function serviceOf(
  pattern: string,
  open: readonly Open[],
  why: string,
  { id }: Person,
  uses: LastUses | undefined,
): OpenService {
  const names = open.map(({ rule: { metadata } }) => ({
    namespace: metadata?.namespace ?? "default",
    name: metadata?.name ?? "",
  }));
  const seen = names.map(({ namespace, name }) => uses?.of(id, `${name}.${namespace}`) ?? "");
  return {
    url: addressOf(pattern),
    rules: names.map(({ namespace, name }) => `${namespace}/${name}`),
    why,
    ...(uses && { lastSeen: seen.sort().at(-1) ?? "" }),
  };
}

/** Several hosts or paths of one service are on one line. */
function addressOf(pattern: string): string {
  const parsed = parseMatchPattern(pattern);
  if (!parsed) return pattern;
  const { hosts, path, schemes } = parsed;
  const [, list] = /^\/<\{([^{}]*)\}>$/.exec(path) ?? [];
  const paths = list?.split(",").filter((one) => !one.endsWith("/**")) ?? [path.slice(1).split("<")[0] ?? ""];
  return hosts
    .map(({ host, port }) => (/^[0-9]+$/.test(port) ? `${host}:${port}` : host))
    .flatMap((authority) => paths.map((one) => `${schemes.at(-1) ?? ""}://${authority}/${one}`))
    .join(" ");
}
