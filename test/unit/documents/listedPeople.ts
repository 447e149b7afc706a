import { authorizeContext } from "../../../documents/nginx/authorize";
import type { Access } from "../../../documents/oathkeeper/access";
import type { GroupLists } from "../../../documents/rules/groupLists";
import { script, scriptOptions } from "../../routesScript";
import { writtenGroup, writtenRules } from "../../writtenRules";
import { NginxMaps } from "./nginxMaps";

const options = scriptOptions();

/** Whether nginx lets a visitor through to a service with these lists, by the routes that its script makes from the Rule. */
export async function isLetThrough(
  access: Access,
  visitor: Readonly<Record<string, string>>,
  groups: Readonly<Record<string, GroupLists | "claimed">> = {},
): Promise<boolean> {
  const rules = [
    ...writtenRules("app", { access }),
    ...Object.entries(groups).map(([name, lists]) => writtenGroup(name, lists)),
  ];
  const { build } = (await script).default;
  const { configuration, rules: judged } = build(rules, [], "v1", options, [], () => undefined);
  const [rule] = JSON.parse(judged) as { readonly id: string }[];
  const maps = new NginxMaps(configuration + authorizeContext, {
    decided_rule: rule?.id ?? "",
    ...visitor,
  });
  return maps.value("allowed") !== "";
}
