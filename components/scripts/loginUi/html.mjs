// @ts-check

/** Markup that is safe to put into a page as it is. */
export class Html {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
  }

  toString() {
    return this.text;
  }
}

/** @typedef {string | number | undefined | Html | readonly Html[]} Part */

/**
 * A template tag that escapes whatever is put into it, except for {@link Html}.
 *
 * @param {TemplateStringsArray} texts
 * @param {...Part} parts
 */
export function markup(texts, ...parts) {
  return new Html(texts.reduce((page, text, index) => page + render(parts[index - 1]) + text));
}

/**
 * Attributes of an element, each with a space in front; `true` is one without a value, and empty ones are left out.
 *
 * @param {Readonly<Record<string, string | number | boolean | undefined>>} values
 */
export function attributes(values) {
  return new Html(
    Object.entries(values)
      .filter(([, value]) => value !== undefined && value !== false)
      .map(([name, value]) => (value === true ? ` ${name}` : ` ${name}="${escaped(String(value))}"`))
      .join(""),
  );
}

/** @param {Part} part @returns {string} */
function render(part) {
  if (part === undefined) return "";
  if (part instanceof Html) return part.text;
  if (typeof part === "object") return part.map(render).join("");
  return escaped(String(part));
}

/** @param {string} text */
function escaped(text) {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
