import type { RuleSpec } from "../../documents/oathkeeper/ruleSpec";
import { sentinelRule } from "../../documents/oathkeeper/sentinel";
import { isA, namespaceOf, specOf, type KubernetesObject, type Partially } from "./objects";
import { perStack } from "./policy";
import { knownOf } from "./unknown";

/** The `spec` of a Rule, whoever wrote it: it may name any handler. */
export type AnyRule = Partially<
  Omit<RuleSpec, "authenticators" | "mutators"> &
    Record<"authenticators" | "mutators", { handler: string; config: Record<string, unknown> }[]>
>;

/** The `spec` of a `Rule`; undefined for any other object. */
export function ruleOf(object: KubernetesObject): AnyRule | undefined {
  return isA(object, "oathkeeper.ory.sh", "Rule") ? specOf<AnyRule>(object) : undefined;
}

/**
 * Whether an object is the rule that keeps the rule file from being empty, which no request can match. It is recognized by
 * its owner, because anybody may write the URL, and by its URL, because a patch may change that.
 */
export function isSentinel(object: KubernetesObject): boolean {
  const isOfOperator = object.urn.includes("portcullis:index:RuleOperator$");
  return isOfOperator && ruleOf(object)?.match?.url === sentinelRule.match.url;
}

/** The namespace of each gateway that a stack creates, whatever its name is. */
export const gatewayNamespaces = perStack((made) =>
  knownOf(made, (object) => (isSentinel(object) ? namespaceOf(object) : undefined)),
);

export function letsNobodyIn({ authenticators = [] }: AnyRule): boolean {
  return authenticators.length > 0 && authenticators.every(({ handler }) => handler === "unauthorized");
}
