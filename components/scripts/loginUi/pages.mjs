// @ts-check
import { attributes, markup } from "./html.mjs";

/** @typedef {import("./html.mjs").Html} Html */
/** @typedef {import("./flows.mjs").Script} Script */
/** @typedef {import("./kratos.mjs").Services} Services */
/** @typedef {import("../../../documents/loginUi/settings.js").LoginUiSettings["branding"]} Branding */
/** @typedef {import("./texts.mjs").Words} Words */
/** @typedef {import("./texts.mjs").TextKey} TextKey */
/**
 * @typedef {object} PageParts
 * @property {string} title
 * @property {Html} body
 * @property {boolean} [hasErrors]
 * @property {string} [logoutUrl] where somebody who has a session ends it
 * @property {readonly Script[]} [scripts] of Kratos
 * @property {readonly string[]} [ownScripts] paths
 */

/**
 * A whole page.
 *
 * @param {PageParts} parts
 * @param {Words} words
 * @param {readonly string[]} styles paths
 * @param {Branding} branding
 */
export function page(
  { title, body, hasErrors = false, logoutUrl, scripts = [], ownScripts = [] },
  words,
  styles,
  branding,
) {
  const shown = hasErrors ? words.say("title.error", { title }) : title;
  const all = [...scripts, ...ownScripts.map((src) => ({ src }))];
  return markup`<!doctype html>
<html lang="${words.say("language")}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${branding.name === undefined ? shown : `${shown} · ${branding.name}`}</title>
${styles.map((path) => markup`<link rel="stylesheet" href="${path}">\n`)}${all.map(script)}</head>
<body>
<main>
<div class="panel">
${header(branding)}${body}</div>
${navigation(logoutUrl, words)}${help(branding)}</main>
</body>
</html>
`.text;
}

/** @param {Branding} branding */
function header({ name, logo }) {
  if (name === undefined && logo === undefined) return markup``;
  const picture = logo === undefined ? "" : markup`<img src="${logo}" alt="">`;
  return markup`<header>${picture}${name === undefined ? "" : markup`<span>${name}</span>`}</header>
`;
}

/** @param {Branding} branding */
function help({ help: link }) {
  if (link === undefined) return markup``;
  return markup`<footer><a href="${link.url}">${link.text}</a></footer>
`;
}

/** @param {Script} script */
function script({ src, integrity, crossorigin, referrerpolicy }) {
  return markup`<script${attributes({ src, integrity, crossorigin, referrerpolicy, defer: true })}></script>
`;
}

/** @param {string | undefined} logoutUrl @param {Words} words */
function navigation(logoutUrl, words) {
  if (logoutUrl === undefined) return markup``;
  return markup`<nav aria-label="${words.say("link.account")}">
<a href="/welcome">${words.say("link.welcome")}</a>
<a href="/settings">${words.say("link.settings")}</a>
<a href="${logoutUrl}">${words.say("link.signOut")}</a>
</nav>
`;
}

/**
 * A page that says one thing, and leads to the sign-in.
 *
 * @param {TextKey} title
 * @param {Html} body
 * @param {TextKey | undefined} link
 * @param {Words} words
 */
export function message(title, body, link, words) {
  return markup`<h1>${words.say(title)}</h1>
${body}${link === undefined ? "" : markup`<p><a class="button" href="/login">${words.say(link)}</a></p>\n`}`;
}

/** @param {string} sentence */
export function alert(sentence) {
  return markup`<p class="notice error" role="alert">${sentence}</p>
`;
}

/** @param {Words} words */
export function signedOut(words) {
  return markup`<h1>${words.say("signedOut.title")}</h1>
<p>${words.say("signedOut.text")}</p>
<p><a class="button" href="/login" data-sign-in>${words.say("link.signIn")}</a></p>
`;
}

/**
 * @typedef {object} Session
 * @property {{ readonly metadata_public?: unknown } | undefined} [identity]
 */

/**
 * @param {Session} session
 * @param {Services} services
 * @param {Words} words
 */
export function welcome({ identity }, services, words) {
  const user = userName(identity?.metadata_public) ?? words.say("welcome.nameless");
  return markup`<h1>${words.say("welcome.title")}</h1>
<p>${words.say("welcome.signedIn", { user })}</p>
${serviceList(services, words)}`;
}

/** @param {Services} services @param {Words} words */
function serviceList(services, words) {
  if (services === "not known") return markup`<p>${words.say("services.unknown")}</p>\n`;
  if (services === "none yet") return markup`<p>${words.say("services.secondFactor")}</p>\n`;
  if (services.length === 0) return markup`<p>${words.say("services.none")}</p>\n`;
  return markup`<h2 id="services">${words.say("services.title")}</h2>
<ul class="services" aria-labelledby="services">
${services.map(
  ({ url, title, description, icon }) => markup`<li>${
    icon === undefined ? "" : markup`<span class="icon" aria-hidden="true">${icon}</span>`
  }<div><a href="${url}">${title}</a>${description === undefined ? "" : markup`<p>${description}</p>`}</div></li>
`,
)}</ul>
`;
}

/**
 * The verified address that the gateway stores with an identity; an address that a user may have typed is ignored.
 *
 * @param {unknown} metadata
 */
function userName(metadata) {
  if (typeof metadata !== "object" || metadata === null || !("email" in metadata)) return undefined;
  return typeof metadata.email === "string" ? metadata.email : undefined;
}

/**
 * Why Kratos could not continue: its sentence and the id by which an administrator finds the error, and nothing else of
 * it.
 *
 * @param {unknown} id
 * @param {string | undefined} sentence
 * @param {Words} words
 */
export function errorDetails(id, sentence, words) {
  return markup`${alert(sentence ?? words.say("error.unknown"))}${technical(words.say("error.id", { id: String(id) }))}`;
}

/** What to name to an administrator. @param {string} text */
export function technical(text) {
  return markup`<p class="technical">${text}</p>
`;
}

/**
 * What an error says to people. A refusal of the claims mapper reaches the page as a Jsonnet error, whose first line
 * holds the mapper's own words. Other failures inside of Kratos, such as of its database, concern only administrators.
 *
 * @param {unknown} error
 * @returns {string | undefined} nothing where Kratos itself has failed
 */
export function sentenceOf(error) {
  const { code, reason, message: text } = /** @type {Record<string, unknown>} */ (error ?? {});
  const sentence = String([reason, text].find((one) => typeof one === "string" && one !== "") ?? "");
  const refusal = /RUNTIME ERROR: ([^\n]+)/.exec(sentence)?.[1];
  return refusal ?? (Number(code) >= 500 || sentence === "" ? undefined : sentence);
}
