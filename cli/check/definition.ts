import { ruleCrd } from "../../documents/oathkeeper/ruleCrd";
import type { PlannedResource } from "./preview";
import type { Item } from "./report";

/** Refuses to remove the definition of Rule while the gateway stays: Kubernetes would delete every Rule with it. */
export function definitionItems(planned: readonly PlannedResource[]): Item[] {
  const stays = planned.filter(({ isRemoved }) => !isRemoved);
  const goes = planned.some(
    (one) => isDefinition(one) && one.isRemoved && !stays.some(({ urn }) => urn === one.urn),
  );
  if (!goes || !stays.some(({ type }) => type.endsWith(":RuleOperator"))) return [];
  const message = `crd: this stack has made the definition ${ruleCrd.metadata.name}, which would be deleted, and with it every Rule of the cluster, those of other stacks too. Write create, or leave it out.`;
  return [{ level: "error", source: "rules", message }];
}

function isDefinition({ type, former }: PlannedResource): boolean {
  const { metadata } = (former ?? {}) as { readonly metadata?: { readonly name?: string } };
  return type.endsWith(":CustomResourceDefinition") && metadata?.name === ruleCrd.metadata.name;
}
