/**
 * A model of nginx' `map` blocks, as far as our configuration uses them: a key of text and variables, and for each entry
 * an exact text (case-insensitive), a regular expression (`~` or, case-insensitive, `~*`) or the default.
 */
export class NginxMaps {
  private readonly maps = new Map<string, { readonly key: string; readonly entries: [string, string][] }>();

  constructor(
    configuration: string,
    private readonly variables: Readonly<Record<string, string>>,
  ) {
    for (const [, key = "", name = "", body = ""] of configuration.matchAll(
      /^ *map ("[^"]*"|\S+) \$(\w+) \{\n([\s\S]*?)^ *\}$/gm,
    )) {
      const entries = [...body.matchAll(/^ *("(?:[^"\\]|\\.)*"|\S+) ("[^"]*"|[^\s;]+);$/gm)].map(
        ([, from = "", to = ""]): [string, string] => [unquoted(from), unquoted(to)],
      );
      this.maps.set(name, { key: unquoted(key), entries });
    }
  }

  value(name: string): string {
    const map = this.maps.get(name);
    if (!map) return this.variables[name] ?? "";
    const key = this.text(map.key);
    for (const [from, to] of map.entries) {
      if (from === "default" || !from.startsWith("~")) continue;
      const anyCase = from.startsWith("~*");
      // A possessive group, which JavaScript does not have, matches the same or less.
      const expression = from.slice(anyCase ? 2 : 1).replaceAll(")*+", ")*");
      const match = new RegExp(expression, anyCase ? "i" : "").exec(key);
      if (match && !this.isExact(map.entries, key))
        return this.text(
          to.replace(
            /\$(\d|[a-z]+_(?:session|csrf))/g,
            (_, group: string) => match[Number(group)] ?? match.groups?.[group] ?? "",
          ),
        );
    }
    const exact = map.entries.find(([from]) => isSame(from, key) && from !== "default");
    const [, to = ""] = exact ?? map.entries.find(([from]) => from === "default") ?? [];
    return this.text(to);
  }

  private isExact(entries: readonly [string, string][], key: string): boolean {
    return entries.some(([from]) => isSame(from, key));
  }

  private text(template: string): string {
    return template.replaceAll(/\$(\w+)/g, (_, name: string) => this.value(name));
  }
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function unquoted(text: string): string {
  return text.startsWith('"') ? text.slice(1, -1) : text;
}
