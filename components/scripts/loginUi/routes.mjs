// @ts-check
import { redirect } from "./answers.mjs";
import { flowKinds, flowPage, hasOneProvider } from "./flows.mjs";
import { markup } from "./html.mjs";
import { alert, errorDetails, message, sentenceOf, signedOut, welcome } from "./pages.mjs";
import { logFailure } from "./requestName.mjs";

/** @typedef {import("./answers.mjs").Answer} Answer */
/** @typedef {import("./flows.mjs").Flow} Flow */
/** @typedef {import("./flows.mjs").FlowKind} FlowKind */
/** @typedef {import("./html.mjs").Html} Html */
/** @typedef {import("./kratos.mjs").Visit} Visit */
/** @typedef {import("./texts.mjs").TextKey} TextKey */
/** @typedef {{ readonly query: URLSearchParams, readonly visit: Visit }} Asked */
/** @typedef {(asked: Asked) => Answer | Promise<Answer>} Route */
/**
 * What the pages are made from.
 *
 * @typedef {object} Means
 * @property {import("./kratos.mjs").KratosClient} ask
 * @property {ReturnType<typeof import("./kratos.mjs").servicesClient>} servicesOf
 * @property {import("./answers.mjs").Answers} answers
 * @property {import("./texts.mjs").Words} words
 * @property {string} kratosBrowserUrl
 * @property {readonly string[]} providers ids, in the order of their buttons
 * @property {readonly string[]} securityKeyScripts paths
 * @property {readonly string[]} signInScripts paths, none where people choose to sign in
 */

/** The parameters that a browser may pass to the start of a flow. */
const flowParameters = ["return_to", "aal", "refresh", "via"];
/** Kratos' answers that mean: the flow does not exist, belongs to another browser, or is over. */
const gone = [403, 404, 410];

/**
 * The pages by their paths.
 *
 * @param {Means} means @returns {ReadonlyMap<string, Route>}
 */
export function createRoutes(means) {
  return new Map([
    ...flowKinds.map((kind) => /** @type {const} */ ([`/${kind}`, flowRoute(means, kind)])),
    ["/", () => redirect("/welcome")],
    ["/welcome", welcomeRoute(means)],
    ["/error", errorRoute(means)],
    ["/signed-out", signedOutRoute(means)],
    ["/health/alive", healthy],
    ["/health/ready", healthy],
    // Where a load balancer checks each part of the gateway.
    ["/.portcullis/health", healthy],
  ]);
}

/** @param {Means} means @param {FlowKind} kind @returns {Route} */
function flowRoute(means, kind) {
  const { ask, answers, words, kratosBrowserUrl, providers, securityKeyScripts, signInScripts } = means;
  return async ({ query, visit }) => {
    const id = query.get("flow");
    if (id === null) return redirect(startUrl(kratosBrowserUrl, kind, query));
    // Asked for at the same time: one wait if Kratos hangs, and none if the page does not need it.
    const leaving = logoutUrlOf(means, visit);
    const { status, body, redirectTo } = await ask(
      `/self-service/${kind}/flows?id=${encodeURIComponent(id)}`,
      visit,
    );
    if (status === 200) {
      const flow = /** @type {Flow} */ (/** @type {unknown} */ (body));
      const parts = flowPage(kind, flow, words, providers);
      const ownScripts = [
        ...(parts.scripts.length > 0 ? securityKeyScripts : []),
        ...(hasOneProvider(kind, flow) ? signInScripts : []),
      ];
      return answers.shown({ ...parts, ownScripts, ...(await leaving) });
    }
    if (redirectTo !== undefined) return redirect(redirectTo);
    if (status === 401) return redirect(startUrl(kratosBrowserUrl, "login", query));
    // A browser that keeps no cookies would be redirected forever.
    if (status === 403 && !/(?:^|;\s*)csrf_token_/.test(visit.cookie ?? ""))
      return answers.told(400, "cookies", { link: "link.retry" });
    if (gone.includes(status)) return redirect(startUrl(kratosBrowserUrl, kind, query));
    throw new Error(`Kratos answered ${status} to a ${kind} flow`);
  };
}

/** @param {Means} means @returns {Route} */
function welcomeRoute(means) {
  const { ask, servicesOf, answers, words } = means;
  const title = words.say("welcome.title");
  return async ({ visit }) => {
    const leaving = logoutUrlOf(means, visit);
    const { status, body, redirectTo } = await ask("/sessions/whoami", visit);
    if (status === 200) {
      const [logoutUrl, services] = await Promise.all([leaving, servicesOf(visit)]);
      return answers.shown({ title, body: welcome(body, services, words), ...logoutUrl });
    }
    if (redirectTo !== undefined) return redirect(redirectTo);
    const notSignedIn = markup`<p>${words.say("welcome.signedOut")}</p>\n`;
    return answers.shown({ title, body: message("welcome.title", notSignedIn, "link.signIn", words) });
  };
}

/** @param {Means} means @returns {Route} */
function signedOutRoute({ answers, words, signInScripts }) {
  const title = words.say("signedOut.title");
  return () => answers.shown({ title, body: signedOut(words), ownScripts: signInScripts });
}

/** @param {Means} means @returns {Route} */
function errorRoute({ ask, answers, words, signInScripts }) {
  /** @param {TextKey} title @param {Html} details */
  const errorPage = (title, details) => ({
    title: words.say(title),
    body: message(title, details, "link.retry", words),
    ownScripts: signInScripts,
    hasErrors: true,
  });
  return async ({ query, visit: { request } }) => {
    const id = query.get("id");
    if (id === null) return redirect("/welcome");
    const { status, body } = await ask(`/self-service/errors?id=${encodeURIComponent(id)}`, { request });
    if (status !== 200)
      return answers.shown(errorPage("error.goneTitle", alert(words.say("error.gone"))), 404);
    const sentence = sentenceOf(body["error"]);
    const details = errorDetails(body["id"], sentence, words);
    return answers.shown(errorPage("error.title", details), sentence === undefined ? 500 : 200);
  };
}

/** @returns {Answer} */
function healthy() {
  return { status: 200, headers: { "content-type": "application/json" }, body: '{"status":"ok"}' };
}

/**
 * Where somebody who has a session ends it. Never fails: a page without the sign-out link is better than no page.
 *
 * @param {Means} means
 * @param {Visit} visit
 * @returns {Promise<{ readonly logoutUrl?: string }>}
 */
async function logoutUrlOf({ ask }, visit) {
  if (visit.cookie === undefined) return {};
  try {
    const { status, body } = await ask("/self-service/logout/browser", visit);
    return status === 200 ? { logoutUrl: String(body["logout_url"]) } : {};
  } catch (error) {
    logFailure(visit.request, error);
    return {};
  }
}

/**
 * Where Kratos starts a flow, and sends the browser back to the flow's page here.
 *
 * @param {string} kratosBrowserUrl
 * @param {string} kind
 * @param {URLSearchParams} query
 */
function startUrl(kratosBrowserUrl, kind, query) {
  const url = new URL(`${kratosBrowserUrl.replace(/\/$/, "")}/self-service/${kind}/browser`);
  for (const name of flowParameters) {
    const value = query.get(name);
    if (value !== null) url.searchParams.set(name, value);
  }
  return url.href;
}
