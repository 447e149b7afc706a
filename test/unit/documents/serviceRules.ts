import type { RuleToExplain } from "../../../documents/oathkeeper/decision";
import { parseDomain } from "../../../documents/oathkeeper/hosts";
import { accessRules, type AccessRuleInput } from "../../../documents/oathkeeper/accessRules";

/** The Rules of a service, as its component makes them. */
export function rulesOf(name: string, visitors: Partial<AccessRuleInput> = {}): RuleToExplain[] {
  const input = {
    scheme: "https",
    domain: parseDomain("apps.example.com"),
    hosts: [`${name}.apps.example.com`],
  } as const;
  return accessRules({ ...input, ...visitors }).map(({ suffix, withUpstream }) => ({
    metadata: { namespace: "monitoring", name: `${name}${suffix}` },
    spec: withUpstream(`http://${name}.monitoring.svc:80`),
  }));
}
