/** Hosts that a rule matches; `any` if it may match every host. */
type Hosts = readonly string[] | "any";

/**
 * The hosts to which the rule of a Traefik router is limited; none if it may match any host.
 * @see https://doc.traefik.io/traefik/reference/routing-configuration/http/routing/rules-and-priority/
 */
export function traefikHosts(rule: string): readonly string[] {
  const tokens = rule.match(token) ?? [];
  // A comment, or an escape in a quoted text.
  if (rule.replace(token, "").trim() !== "") return [];
  const hosts = new RuleReader(tokens).alternatives();
  return hosts === "any" ? [] : hosts;
}

const token = /&&|\|\||[!(),]|[A-Za-z]+|`[^`]*`|"[^"\\\n]*"/g;
const hostMatchers = ["Host", "HostHeader", "HostSNI"];

class RuleReader {
  private at = 0;

  constructor(private readonly tokens: readonly string[]) {}

  alternatives(): Hosts {
    let hosts = this.conditions();
    while (this.takes("||")) {
      const other = this.conditions();
      hosts = hosts === "any" || other === "any" ? "any" : [...hosts, ...other];
    }
    return hosts;
  }

  private conditions(): Hosts {
    let hosts = this.condition();
    while (this.takes("&&")) {
      const other = this.condition();
      if (hosts === "any") hosts = other;
    }
    return hosts;
  }

  private condition(): Hosts {
    if (this.takes("!")) {
      this.condition();
      return "any";
    }
    if (this.takes("(")) {
      const hosts = this.alternatives();
      this.takes(")");
      return hosts;
    }
    const matcher = this.tokens[this.at++];
    const values = this.values();
    return hostMatchers.includes(matcher ?? "") ? values : "any";
  }

  private values(): string[] {
    const values: string[] = [];
    if (!this.takes("(")) return values;
    while (this.at < this.tokens.length && !this.takes(")")) {
      const token = this.tokens[this.at++] ?? "";
      if (token !== ",") values.push(token.slice(1, -1));
    }
    return values;
  }

  private takes(token: string): boolean {
    const isNext = this.tokens[this.at] === token;
    if (isNext) this.at++;
    return isNext;
  }
}
