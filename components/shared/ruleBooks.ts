import { RuleBook, type MatchingRule } from "../../documents/oathkeeper/ruleOverlaps";
import type { GatewayRef } from "../gatewayRef";

interface ServiceRule extends MatchingRule {
  readonly service: string;
}

/** By gateway: hosts of different ones have nothing to do with each other. */
const books = new WeakMap<GatewayRef, RuleBook<ServiceRule>>();

/** Writes down the rules of a service, and says which services of this program take some of its requests already. */
export function servicesInTheWay(
  gateway: GatewayRef,
  service: string,
  rules: readonly MatchingRule[],
): string[] {
  const book = books.get(gateway) ?? new RuleBook<ServiceRule>();
  books.set(gateway, book);
  const others = rules.flatMap(({ url, methods }) => book.add({ url, methods, service }));
  return [...new Set(others.map((other) => other.service))];
}
