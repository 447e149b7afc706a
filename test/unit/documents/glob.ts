/**
 * A model of the proxy's glob strategy, as far as our patterns use it: text outside < and > is literal; inside,
 * `**` is anything and `{a,b/**}` a choice of literals, with anything after them; the whole text is anchored.
 */
export function matches(pattern: string, url: string): boolean {
  const source = pattern
    .split(/(<[^>]*>)/)
    .map((part) => (part.startsWith("<") ? globSource(part.slice(1, -1)) : escape(part)))
    .join("");
  return new RegExp(`^${source}$`).test(url);
}

function globSource(glob: string): string {
  if (glob === "**") return "[\\s\\S]*";
  const choice = /^\{(.*)\}$/.exec(glob)?.[1];
  if (choice === undefined) throw new Error(`not modelled: ${glob}`);
  const forms = choice.split(",").map((form) => form.split("**").map(escape).join("[\\s\\S]*"));
  return `(?:${forms.join("|")})`;
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
}
