// @ts-check

/** @typedef {import("../../../documents/loginUi/texts.js").LoginUiTextKey} TextKey */
/**
 * What Kratos says, with a number by which its words can also be replaced.
 *
 * @typedef {{ readonly id: number, readonly type?: string, readonly text: string, readonly context?: object }} Message
 * @see https://www.ory.com/docs/kratos/concepts/ui-messages
 */
/** @typedef {ReturnType<typeof wordsOf>} Words */

/**
 * The words of the pages.
 *
 * @param {Readonly<Record<TextKey, string>>} texts by key; a text under the number of one of Kratos' messages replaces that
 */
export function wordsOf(texts) {
  const byNumber = new Map(Object.entries(texts));
  return {
    /** @param {TextKey} key @param {object} [values] */
    say: (key, values) => filled(texts[key], values),
    /** @param {Message} message */
    of: ({ id, text, context }) => {
      const replaced = byNumber.get(String(id));
      return replaced === undefined ? text : filled(replaced, context);
    },
  };
}

/** @param {string} text @param {object} [values] */
function filled(text, values = {}) {
  const known = new Map(Object.entries(values));
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(known.get(name) ?? whole));
}
