// Writes texts and maps of nginx' configuration. Runs in njs, with the engine QuickJS.

/** A text of the configuration; `$dollar` exists because nginx has no escape for the dollar sign. */
function quote(text) {
  return `"${text.replace(/[\\"]/g, "\\$&").replace(/\$/g, "${dollar}")}"`;
}

/**
 * A map. Wildcards are keys of a map of their own, of the wildcard over the asked host: nginx compares an expression for
 * each with every request, and needs memory for each.
 */
function map(from, to, otherwise, entries) {
  const isWildcard = (entry) => entry[0].includes("*.");
  const wildcards = entries.filter(isWildcard);
  if (wildcards.length === 0) return block(from, to, otherwise, entries);
  const byWildcard = `${to}_by_wildcard`;
  return (
    block(from.replace("$asked_host", "$asked_wildcard"), byWildcard, otherwise, wildcards) +
    block(
      from,
      to,
      `$${byWildcard}`,
      entries.filter((entry) => !isWildcard(entry)),
    )
  );
}

/** The keys begin with a sign, so that none of them is a word of nginx' own. */
function block(from, to, otherwise, entries) {
  const lines = entries.map((entry) => `  "=${entry[0]}" ${entry[1]};\n`);
  return `map "=${from}" $${to} {\n  default ${otherwise};\n${lines.join("")}}\n`;
}

export default { map, quote };
