// @ts-check
import { markup } from "./html.mjs";
import { alert, message, page, technical } from "./pages.mjs";

/** @typedef {import("./pages.mjs").PageParts} PageParts */
/** @typedef {import("./texts.mjs").TextKey} TextKey */
/** @typedef {import("./texts.mjs").Words} Words */
/** @typedef {import("../../../documents/loginUi/settings.js").LoginUiSettings["branding"]} Branding */
/**
 * What is sent to a browser.
 *
 * @typedef {object} Answer
 * @property {number} status
 * @property {Readonly<Record<string, string>>} headers
 * @property {string} body
 */
/** @typedef {ReturnType<typeof createAnswers>} Answers */

/**
 * Makes answers out of what pages say.
 *
 * @param {object} look
 * @param {Words} look.words
 * @param {readonly string[]} look.styles paths
 * @param {Branding} look.branding
 * @param {string} look.kratosOrigin as browsers reach it
 */
export function createAnswers({ words, styles, branding, kratosOrigin }) {
  const pictures = branding.logo?.startsWith("https:") ? ` ${new URL(branding.logo).origin}` : "";

  /** @param {PageParts} parts @param {number} [status] @param {Answer["headers"]} [headers] @returns {Answer} */
  const shown = (parts, status = 200, headers = {}) => ({
    status,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      "content-security-policy": securityPolicy(
        (parts.scripts ?? []).length > 0 ? ` ${kratosOrigin}` : "",
        pictures,
      ),
      ...headers,
    },
    body: page(parts, words, styles, branding),
  });
  /**
   * @param {number} status @param {"notFound" | "method" | "unavailable" | "cookies"} name
   * @param {{ readonly link?: TextKey, readonly request?: string, readonly headers?: Answer["headers"] }} [more]
   */
  const told = (status, name, { link, request, headers } = {}) => {
    /** @type {TextKey} */ const title = `${name}.title`;
    const said = markup`${alert(words.say(`${name}.text`))}${
      request === undefined ? "" : technical(words.say("request.id", { id: request }))
    }`;
    const body = message(title, said, link, words);
    return shown({ title: words.say(title), body, hasErrors: true }, status, headers);
  };
  return { shown, told };
}

/** @param {string} location @returns {Answer} */
export function redirect(location) {
  return { status: 303, headers: { location, "cache-control": "no-store" }, body: "" };
}

/**
 * Pages run only this server's scripts and, where security keys are used, Kratos'. The targets of forms are not
 * restricted: they end at the login provider, and browsers count redirects.
 *
 * @param {string} scriptsOf further sources of scripts, with a space in front
 * @param {string} [picturesOf] the same for pictures
 */
function securityPolicy(scriptsOf, picturesOf = "") {
  return [
    "default-src 'none'",
    `script-src 'self'${scriptsOf}`,
    "style-src 'self'",
    `img-src data:${picturesOf}`, // the code for an authenticator app, and the logo
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

/** Headers of every answer that does not set its own. */
export const everyAnswer = {
  "content-security-policy": securityPolicy(""),
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "same-origin",
  "x-content-type-options": "nosniff",
};
