import { RuleIndex, type MatchingRule } from "./ruleIndex";

/** The Rules of a protected service, as far as other services need to know them. */
export interface ServiceRules {
  readonly service: string;
  readonly hosts: readonly string[];
  readonly rules: readonly (MatchingRule & { readonly name: string })[];
}

interface ServiceRule extends MatchingRule {
  readonly service: string;
}

/** The services of one gateway, by their Rules. Reading it changes nothing. */
export class ServiceIndex {
  private readonly index = new RuleIndex<ServiceRule>();
  private readonly services = new Map<string, string>();

  add({ service, rules }: ServiceRules): void {
    for (const { name, ...rule } of rules) {
      this.services.set(name, service);
      this.index.add({ ...rule, service });
    }
  }

  /** Other services that take some of this one's requests. */
  takingToo({ service, rules }: ServiceRules): string[] {
    const others = rules.flatMap((rule) => this.index.meeting(rule)).map((other) => other.service);
    return [...new Set(others)].filter((other) => other !== service);
  }

  /** Names of Rules that another service already has, and which service that is. */
  namedAlready({ service, rules }: ServiceRules): { readonly rule: string; readonly service: string }[] {
    return rules.flatMap(({ name }) => {
      const other = this.services.get(name);
      return other === undefined || other === service ? [] : [{ rule: name, service: other }];
    });
  }
}
