import type { WrittenRule } from "../components/scripts/routes.mjs" with { "resolution-mode": "import" };
import { groupRule } from "../documents/oathkeeper/groups";
import type { GroupLists } from "../documents/rules/groupLists";
import { accessRules, type AccessRuleInput } from "../documents/oathkeeper/accessRules";
import { sentinelRule } from "../documents/oathkeeper/sentinel";

/** The rules of a service, as the operator writes them. */
export function writtenRules(
  name: string,
  { host = `${name}.apps.example.com`, ...input }: Partial<AccessRuleInput> & { readonly host?: string } = {},
  upstream = `http://${name}.team.svc:8080`,
): WrittenRule[] {
  const domain = { name: "apps.example.com" };
  return accessRules({ scheme: "https", domain, hosts: [host], ...input }).map((rule) => {
    const { match, upstream: to, authenticators, authorizer, mutators } = rule.withUpstream(upstream);
    return {
      id: `${name}${rule.suffix}.team`,
      match,
      upstream: {
        url: to.url,
        preserve_host: to.preserveHost,
        ...(to.stripPath !== undefined && { strip_path: to.stripPath }),
      },
      authenticators,
      authorizer,
      mutators,
    };
  });
}

/** The rule that lists who is in a group, as the operator writes it. */
export function writtenGroup(
  name: string,
  lists: GroupLists | "claimed",
  namespace = "portcullis",
): WrittenRule {
  const { upstream, ...rule } = groupRule(name, lists);
  return { id: `access-group-${name}.${namespace}`, upstream: { url: upstream.url }, ...rule };
}

/** The rule that no request matches. */
export const writtenSentinel: WrittenRule = { id: "sentinel.portcullis", ...sentinelRule };
