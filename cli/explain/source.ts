import { z } from "zod";
import type { Cluster } from "../shared/cluster";
import { Failure } from "../shared/failure";
import { allRules } from "../shared/rules";
import { readYaml } from "../shared/yaml";
import type { RuleToExplain } from "../../documents/oathkeeper/decision";

const rule = z.looseObject({
  kind: z.literal("Rule"),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().exactOptional() }),
});
const list = z.looseObject({ items: z.array(z.unknown()) });

/** The Rules in a file or in a cluster. */
export async function rulesOf(source: {
  readonly file: string | undefined;
  readonly cluster: Cluster;
}): Promise<readonly RuleToExplain[]> {
  if (source.file === undefined) return allRules(source.cluster);
  const objects = (await readYaml(source.file)).flatMap((one) => list.safeParse(one).data?.items ?? [one]);
  const rules = objects.filter((one): one is RuleToExplain => rule.safeParse(one).success);
  if (rules.length === 0) throw new Failure(`${source.file} has no Rule.`);
  return rules;
}
