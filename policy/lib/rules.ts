import type { RuleSpec } from "../../documents/oathkeeper/ruleSpec";
import { sentinelRule } from "../../documents/oathkeeper/sentinel";
import { isA, namespaceOf, specOf, type KubernetesObject, type Partially } from "./objects";
import { perStack } from "./policy";
import { knownOf } from "./unknown";

/** The `spec` of a Rule, of whoever wrote it: any handler may be named. */
export type AnyRule = Partially<
  Omit<RuleSpec, "authenticators" | "mutators"> &
    Record<"authenticators" | "mutators", { handler: string; config: Record<string, unknown> }[]>
>;

/** The `spec` of a `Rule`; undefined for any other object. */
export function ruleOf(object: KubernetesObject): AnyRule | undefined {
  return isA(object, "oathkeeper.ory.sh", "Rule") ? specOf<AnyRule>(object) : undefined;
}

/**
 * The rule that keeps the file from being empty, and that no request can match. It is told by whose it is, since the URL
 * may be written by anybody, and by its URL, since a patch may change that.
 */
export function isSentinel(object: KubernetesObject): boolean {
  const isOfOperator = object.urn.includes("portcullis:index:RuleOperator$");
  return isOfOperator && ruleOf(object)?.match?.url === sentinelRule.match.url;
}

/** The namespace of each gateway that a stack makes, whatever it is called. */
export const gatewayNamespaces = perStack((made) =>
  knownOf(made, (object) => (isSentinel(object) ? namespaceOf(object) : undefined)),
);

export function letsNobodyIn({ authenticators = [] }: AnyRule): boolean {
  return authenticators.length > 0 && authenticators.every(({ handler }) => handler === "unauthorized");
}
