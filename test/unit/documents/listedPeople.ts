import { upstreamMeans } from "../../../components/accessProxy/upstreams";
import { authorizeContext } from "../../../documents/nginx/authorize";
import { routesOptions } from "../../../documents/nginx/routes";
import type { Access } from "../../../documents/oathkeeper/access";
import type { GroupLists } from "../../../documents/rules/groupLists";
import { writtenGroup, writtenRules } from "../../writtenRules";
import { NginxMaps } from "./nginxMaps";

/** An ES module, which a CommonJS one can only load like this. */
const script = import("../../../components/scripts/routes.mjs");
const options = routesOptions(
  "/etc/portcullis",
  upstreamMeans({}, "/etc/portcullis", "portcullis"),
  "off",
  "portcullis",
);

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
