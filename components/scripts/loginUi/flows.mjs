// @ts-check
import { attributes, markup } from "./html.mjs";

/** @typedef {import("./html.mjs").Html} Html */
/** @typedef {import("./texts.mjs").Message} Message */
/** @typedef {import("./texts.mjs").Words} Words */
/** @typedef {"login" | "registration" | "settings" | "recovery" | "verification"} FlowKind */
/**
 * @typedef {object} NodeAttributes
 * @property {string} node_type
 * @property {string} [name]
 * @property {string} [type]
 * @property {unknown} [value]
 * @property {boolean} [required]
 * @property {boolean} [disabled]
 * @property {string} [autocomplete]
 * @property {string} [pattern]
 * @property {number} [maxlength]
 * @property {string} [onclickTrigger]
 * @property {string} [id]
 * @property {string} [href]
 * @property {Message} [title]
 * @property {string} [src]
 * @property {string} [integrity]
 * @property {string} [crossorigin]
 * @property {string} [referrerpolicy]
 * @property {number} [width]
 * @property {number} [height]
 * @property {Message} [text]
 */
/**
 * @typedef {object} Node
 * @property {string} group
 * @property {NodeAttributes} attributes
 * @property {readonly Message[]} [messages]
 * @property {{ readonly label?: Message }} meta
 */
/**
 * A flow of Kratos, as far as it is shown.
 *
 * @typedef {object} Flow
 * @property {string} id
 * @property {boolean} [refresh]
 * @property {string} [requested_aal]
 * @property {{ readonly action: string, readonly method: string, readonly messages?: readonly Message[] | null, readonly nodes: readonly Node[] }} ui
 * @see https://www.ory.com/docs/kratos/concepts/ui-user-interface
 */
/**
 * A script of Kratos that a flow's buttons need.
 *
 * @typedef {object} Script
 * @property {string} src
 * @property {string} [integrity]
 * @property {string} [crossorigin]
 * @property {string} [referrerpolicy]
 */

/** @type {readonly FlowKind[]} */
export const flowKinds = ["login", "registration", "settings", "recovery", "verification"];

/**
 * A flow as the body of its page. Each group of nodes is a form of its own, so that a required field of one does not stop
 * another.
 *
 * @param {FlowKind} kind
 * @param {Flow} flow
 * @param {Words} words
 * @param {readonly string[]} providers ids of login providers, in the order of their buttons
 * @returns {{ readonly title: string, readonly hasErrors: boolean, readonly body: Html, readonly scripts: readonly Script[] }}
 */
export function flowPage(kind, flow, words, providers) {
  const messages = flow.ui.messages ?? [];
  const groups = groupsOf(kind, flow, providers);
  const titled = kind === "settings" || groups.length > 1;
  const isError = (/** @type {Message} */ { type }) => type === "error";
  const title = titleOf(kind, flow, words);
  return {
    title,
    hasErrors: messages.some(isError) || flow.ui.nodes.some((node) => (node.messages ?? []).some(isError)),
    scripts: flow.ui.nodes.flatMap(({ attributes: { node_type, src, ...rest } }) =>
      node_type === "script" && src !== undefined ? [{ src, ...rest }] : [],
    ),
    body: markup`<h1>${title}</h1>
${messages.map((message) => notice(message, words))}${groups.map(([group, nodes]) => form(flow, group, nodes, titled, words))}${
      groups.length === 0 && kind === "settings" ? markup`<p>${words.say("settings.none")}</p>` : ""
    }`,
  };
}

/**
 * The only login provider that somebody can choose who has not been shown a message yet.
 *
 * @param {FlowKind} kind
 * @param {Flow} flow
 */
export function hasOneProvider(kind, { refresh, requested_aal, ui }) {
  const choices = ui.nodes.filter(({ attributes: { type } }) => type === "submit");
  return (
    kind === "login" &&
    refresh !== true &&
    requested_aal !== "aal2" &&
    (ui.messages ?? []).length === 0 &&
    choices.length === 1 &&
    choices.every(({ group }) => group === "oidc")
  );
}

/** @param {FlowKind} kind @param {Flow} flow @param {Words} words */
function titleOf(kind, { requested_aal, refresh }, words) {
  if (kind !== "login") return words.say(`${kind}.title`);
  if (requested_aal === "aal2") return words.say("login.secondFactor");
  return words.say(refresh === true ? "login.confirm" : "login.title");
}

/** The nodes that every form sends along. */
const shared = "default";
/** In this order; anything else that Kratos offers comes after these. */
const settingsGroups = ["profile", "totp", "webauthn", "passkey", "lookup_secret"];
/** The gateway refuses every attempt to link another account, so none is offered. */
const hiddenSettings = "oidc";

/**
 * @param {FlowKind} kind
 * @param {Flow} flow
 * @param {readonly string[]} providers
 * @returns {[string, readonly Node[]][]}
 */
function groupsOf(kind, { ui }, providers) {
  const names = [...new Set(ui.nodes.map(({ group }) => group))];
  // Kratos sends the buttons in alphabetical order.
  const rank = (/** @type {Node} */ { attributes: { name, value } }) =>
    name === "provider" ? providers.indexOf(String(value)) : -1;
  const nodes = ui.nodes.toSorted((one, other) => rank(one) - rank(other));
  const order = kind === "settings" ? [...settingsGroups, ...names] : names;
  return [...new Set(order)]
    .filter((name) => !(kind === "settings" && name === hiddenSettings))
    .map(
      (name) =>
        /** @type {[string, readonly Node[]]} */ ([name, nodes.filter(({ group }) => group === name)]),
    )
    .filter(([, nodes]) => nodes.some(isVisible));
}

/** @param {Node} node */
function isVisible({ attributes: { node_type, type } }) {
  return node_type !== "script" && !(node_type === "input" && type === "hidden");
}

/**
 * @param {Flow} flow
 * @param {string} group
 * @param {readonly Node[]} nodes
 * @param {boolean} titled
 * @param {Words} words
 */
function form({ ui }, group, nodes, titled, words) {
  const along = group === shared ? [] : ui.nodes.filter((node) => node.group === shared && !isVisible(node));
  const heading = titled ? headingOf(group, words) : undefined;
  const id = `group-${group}`;
  const label = heading === undefined ? {} : { "aria-labelledby": id };
  const all = [...along, ...nodes].map((node) => element(node, words));
  return markup`<form${attributes({ action: ui.action, method: ui.method.toLowerCase(), class: `group ${group}`, ...label })}>
${heading === undefined ? "" : markup`<h2 id="${id}">${heading}</h2>\n`}${all}</form>
`;
}

/** @type {ReadonlyMap<string, import("./texts.mjs").TextKey>} */
const headings = new Map([
  ["profile", "settings.profile"],
  ["totp", "settings.totp"],
  ["webauthn", "settings.webauthn"],
  ["passkey", "settings.passkey"],
  ["lookup_secret", "settings.recoveryCodes"],
]);

/** @param {string} group @param {Words} words */
function headingOf(group, words) {
  const key = headings.get(group);
  return key === undefined ? undefined : words.say(key);
}

/** @param {Node} node @param {Words} words @returns {Html} */
function element(node, words) {
  const { attributes: given, meta } = node;
  const label = meta.label ? words.of(meta.label) : "";
  switch (given.node_type) {
    case "input":
      return input(node, label, words);
    case "text":
      return text(given, label, words);
    case "img":
      return markup`<img${attributes({ src: given.src, alt: label, width: given.width, height: given.height })}>
`;
    case "a":
      return markup`<p><a href="${given.href}">${given.title ? words.of(given.title) : label}</a></p>
`;
    default:
      return markup``;
  }
}

/** Hints to phone keyboards and password managers about fields for which Kratos gives none. */
const fieldHints = new Map([
  ["totp_code", { autocomplete: "one-time-code", inputmode: "numeric", spellcheck: "false" }],
  ["code", { autocomplete: "one-time-code", inputmode: "numeric", spellcheck: "false" }],
  ["lookup_secret", { autocomplete: "off", autocapitalize: "none", spellcheck: "false" }],
]);

/** @param {Node} node @param {string} label @param {Words} words @returns {Html} */
function input({ attributes: given, group, messages = [] }, label, words) {
  const { name = "", type = "text", disabled, required } = given;
  const value = given.value === undefined || given.value === null ? undefined : String(given.value);
  const said = messages.map((message, index) => notice(message, words, `${group}-${name}-${index}`));
  switch (type) {
    case "hidden":
      return markup`<input${attributes({ type, name, value: value ?? "" })}>
`;
    case "submit":
    case "button": {
      const trigger = given.onclickTrigger;
      return markup`<button${attributes({ type, name, value, disabled, "data-trigger": trigger })}>${label}</button>
${said}`;
    }
    case "checkbox":
      return markup`<label class="choice"><input${attributes({ type, name, value: "true", disabled, required, checked: given.value === true })}> ${label}</label>
${said}`;
    default: {
      const id = `${group}-${name}`;
      const describedBy = messages.map((_, index) => `${id}-${index}`).join(" ");
      const isWrong = messages.some((message) => message.type === "error");
      return markup`<div class="field"><label for="${id}">${label}</label>
<input${attributes({
        ...{ id, type, name, value, disabled, required },
        ...{ pattern: given.pattern, maxlength: given.maxlength, autocomplete: given.autocomplete },
        ...fieldHints.get(name),
        "aria-describedby": describedBy === "" ? undefined : describedBy,
        "aria-invalid": isWrong ? "true" : undefined,
      })}></div>
${said}`;
    }
  }
}

/** The message id of a recovery code that has been used. */
const usedCode = 1050014;

/** @param {NodeAttributes} given @param {string} label @param {Words} words @returns {Html} */
function text({ id, text: content }, label, words) {
  if (content === undefined) return markup``;
  const { secrets } = /** @type {{ readonly secrets?: readonly Message[] }} */ (content.context ?? {});
  const shown = secrets
    ? markup`<ul class="codes">${secrets.map((secret) => markup`<li>${code(secret, words)}</li>`)}</ul>`
    : markup`<p><code${attributes({ id })}>${words.of(content)}</code></p>`;
  return markup`<p>${label}</p>
${shown}
`;
}

/** @param {Message} secret @param {Words} words */
function code(secret, words) {
  return secret.id === usedCode
    ? markup`<s>${words.say("settings.usedCode")}</s>`
    : markup`<code>${words.of(secret)}</code>`;
}

/** @param {Message} message @param {Words} words @param {string} [id] */
function notice(message, words, id) {
  const isError = message.type === "error";
  return markup`<p${attributes({ id, class: isError ? "notice error" : "notice", role: isError ? "alert" : "status" })}>${words.of(message)}</p>
`;
}
