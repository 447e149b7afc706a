// Writes texts and maps of nginx' configuration. Runs in njs, with the engine QuickJS.
import paths from "./paths.mjs";

/** A text of the configuration; `$dollar` exists because nginx has no escape for the dollar sign. */
function quote(text) {
  return `"${text.replace(/[\\"]/g, "\\$&").replace(/\$/g, "${dollar}")}"`;
}

/** A text as a map's key; a wildcard stands for any label. nginx looks for plain texts first. */
function key(text) {
  const at = text.indexOf("*.");
  return at < 0
    ? `=${text}`
    : `~^=${paths.literal(text.slice(0, at))}[^./]+${paths.literal(text.slice(at + 1))}$`;
}

function map(from, to, otherwise, entries) {
  const lines = entries.map((entry) => `  "${key(entry[0])}" ${entry[1]};\n`);
  return `map "=${from}" $${to} {\n  default ${otherwise};\n${lines.join("")}}\n`;
}

export default { map, quote };
