// @ts-check
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { flowKinds, flowPage, hasOneProvider } from "./flows.mjs";
import { markup } from "./html.mjs";
import { kratosClient, servicesClient } from "./kratos.mjs";
import { alert, errorDetails, message, page, sentenceOf, signedOut, technical, welcome } from "./pages.mjs";
import { logFailure, requestHeader, requestName } from "./requestName.mjs";
import { wordsOf } from "./texts.mjs";

/** @typedef {import("./flows.mjs").Flow} Flow */
/** @typedef {import("./flows.mjs").FlowKind} FlowKind */
/** @typedef {import("./html.mjs").Html} Html */
/** @typedef {import("./pages.mjs").PageParts} PageParts */
/** @typedef {import("./texts.mjs").TextKey} TextKey */
/**
 * What a browser is sent.
 *
 * @typedef {object} Answer
 * @property {number} status
 * @property {Readonly<Record<string, string>>} headers
 * @property {string} body
 */
/** @typedef {{ readonly query: URLSearchParams, readonly visit: import("./kratos.mjs").Visit }} Asked */
/** @typedef {(asked: Asked) => Answer | Promise<Answer>} Route */
/** @typedef {import("../../../documents/loginUi/settings.js").LoginUiSettings} LoginUiSettings */

/** What a browser may send along to the start of a flow. */
const flowParameters = ["return_to", "aal", "refresh", "via"];
/** Kratos' answers that mean: there is no such flow, or it is another browser's, or it is over. */
const gone = [403, 404, 410];
/** A browser sends the cookies of all services of the domain; Node's own limit would refuse some. */
const maxHeaderSize = 128 * 1024;
/** Longer than load balancers and ingress controllers keep idle connections, Google's for 600 s. */
const keepAliveTimeout = 620_000;

/** @type {Readonly<Record<string, string>>} */
const assetTypes = {
  "style.css": "text/css",
  "securityKeys.js": "text/javascript",
  "signIn.js": "text/javascript",
};
const assets = Object.entries(assetTypes).map(([name, type]) => asset(name, type));

/** @param {string} name @param {string} type */
function asset(name, type) {
  return assetOf(name, type, readFileSync(new URL(name, import.meta.url), "utf8"));
}

/** @param {string} name @param {string} type @param {string} body */
function assetOf(name, type, body) {
  const version = createHash("sha256").update(body).digest("hex").slice(0, 12);
  return { path: `/assets/${name}`, query: `v=${version}`, type, body };
}

/**
 * Kept for a year under the address that this server's own pages write. While pods are replaced a page of another version may
 * ask here; what it would keep is not what it means.
 *
 * @param {ReturnType<typeof assetOf>} asset @param {string | undefined} query @returns {Answer}
 */
function assetAnswer(asset, query) {
  const headers = {
    "content-type": `${asset.type}; charset=utf-8`,
    "cache-control": query === asset.query ? "public, max-age=31536000, immutable" : "no-store",
  };
  return { status: 200, headers, body: asset.body };
}

/** @param {ReturnType<typeof assetOf>} asset */
function assetUrl({ path, query }) {
  return `${path}?${query}`;
}

/**
 * What is quiet elsewhere is as the text, and what is outside of the panel has its colour: texts and links were compared with
 * that only.
 *
 * @param {NonNullable<LoginUiSettings["branding"]["palettes"]>} palettes
 */
function colorsOf({ light, dark }) {
  /** @param {typeof light} palette */
  const root = ({ background, panel, text, link, error }) =>
    `:root { --ground: ${background}; --panel: ${panel}; --text: ${text}; --quiet: ${text}; --line: ${text}; --primary: ${link}; --on-primary: ${panel}; --error: ${error}; }`;
  return `${root(light)}
@media (prefers-color-scheme: dark) { ${root(dark)} }
nav, footer { background: var(--panel); border-radius: 12px; margin-top: 1rem; padding: 1rem 2rem; }
`;
}

/** @param {string} name */
function ownAssetUrl(name) {
  const asset = assets.find(({ path }) => path === `/assets/${name}`);
  return asset ? assetUrl(asset) : "";
}

/**
 * The login UI, as a server that does not listen yet: pages made of what Kratos says, and no state of its own. It has no
 * forms either, all of them go to Kratos, which checks where they come from.
 *
 * @param {Omit<LoginUiSettings, "port">} settings
 */
export function createLoginUi({
  kratosPublicUrl,
  kratosBrowserUrl,
  servicesUrl,
  sessionCookie,
  providers,
  skipLoginPage,
  branding,
  texts,
}) {
  const ask = kratosClient(kratosPublicUrl);
  const servicesOf = servicesClient(servicesUrl, sessionCookie);
  const words = wordsOf(texts);
  const colors = branding.palettes && assetOf("colors.css", "text/css", colorsOf(branding.palettes));
  const served = colors ? [...assets, colors] : assets;
  const styles = [ownAssetUrl("style.css"), ...(colors ? [assetUrl(colors)] : [])];
  const pictures = branding.logo?.startsWith("https:") ? ` ${new URL(branding.logo).origin}` : "";
  const signInScripts = skipLoginPage ? [ownAssetUrl("signIn.js")] : [];
  const kratosOrigin = new URL(kratosBrowserUrl).origin;
  const kratos = kratosBrowserUrl.replace(/\/$/, "");

  /** @param {PageParts} parts @param {number} [status] @param {Readonly<Record<string, string>>} [headers] @returns {Answer} */
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
  /** @param {string} kind @param {URLSearchParams} [query] */
  const start = (kind, query = new URLSearchParams()) => redirect(startUrl(kratos, kind, query));
  /**
   * Never fails: a page without the link to sign out is better than none.
   *
   * @param {Asked["visit"]} visit
   */
  const logoutUrlOf = async (visit) => {
    if (visit.cookie === undefined) return undefined;
    try {
      const { status, body } = await ask("/self-service/logout/browser", visit);
      return status === 200 ? String(body["logout_url"]) : undefined;
    } catch (error) {
      logFailure(visit.request, error);
      return undefined;
    }
  };

  /** @param {FlowKind} kind @returns {Route} */
  const flowRoute =
    (kind) =>
    async ({ query, visit }) => {
      const id = query.get("flow");
      if (id === null) return start(kind, query);
      // Asked for at the same time: one wait where Kratos hangs, and none where the page does not need it.
      const leaving = logoutUrlOf(visit);
      const { status, body, redirectTo } = await ask(
        `/self-service/${kind}/flows?id=${encodeURIComponent(id)}`,
        visit,
      );
      if (status === 200) {
        const flow = /** @type {Flow} */ (/** @type {unknown} */ (body));
        const parts = flowPage(kind, flow, words, providers);
        const ownScripts = [
          ...(parts.scripts.length > 0 ? [ownAssetUrl("securityKeys.js")] : []),
          ...(hasOneProvider(kind, flow) ? signInScripts : []),
        ];
        const logoutUrl = await leaving;
        return shown({ ...parts, ownScripts, ...(logoutUrl !== undefined && { logoutUrl }) });
      }
      if (redirectTo !== undefined) return redirect(redirectTo);
      if (status === 401) return start("login", query);
      // A browser that keeps no cookies would go round for ever.
      if (status === 403 && !/(?:^|;\s*)csrf_token_/.test(visit.cookie ?? ""))
        return told(400, "cookies", { link: "link.retry" });
      if (gone.includes(status)) return start(kind, query);
      throw new Error(`Kratos answered ${status} to a ${kind} flow`);
    };

  /** @param {Asked} asked @returns {Promise<Answer>} */
  const welcomeRoute = async ({ visit }) => {
    const leaving = logoutUrlOf(visit);
    const { status, body, redirectTo } = await ask("/sessions/whoami", visit);
    const title = words.say("welcome.title");
    if (status === 200) {
      const [logoutUrl, services] = await Promise.all([leaving, servicesOf(visit)]);
      return shown({
        title,
        body: welcome(body, services, words),
        ...(logoutUrl !== undefined && { logoutUrl }),
      });
    }
    if (redirectTo !== undefined) return redirect(redirectTo);
    const notSignedIn = markup`<p>${words.say("welcome.signedOut")}</p>\n`;
    return shown({ title, body: message("welcome.title", notSignedIn, "link.signIn", words) });
  };

  const signedOutRoute = () =>
    shown({
      title: words.say("signedOut.title"),
      body: signedOut(words),
      ownScripts: signInScripts,
    });

  /** @param {TextKey} title @param {Html} details */
  const errorPage = (title, details) => ({
    title: words.say(title),
    body: message(title, details, "link.retry", words),
    ownScripts: signInScripts,
    hasErrors: true,
  });

  /** @param {Asked} asked @returns {Promise<Answer>} */
  const errorRoute = async ({ query, visit: { request } }) => {
    const id = query.get("id");
    if (id === null) return redirect("/welcome");
    const { status, body } = await ask(`/self-service/errors?id=${encodeURIComponent(id)}`, { request });
    if (status !== 200) return shown(errorPage("error.goneTitle", alert(words.say("error.gone"))), 404);
    const sentence = sentenceOf(body["error"]);
    const details = errorDetails(body["id"], sentence, words);
    return shown(errorPage("error.title", details), sentence === undefined ? 500 : 200);
  };

  const healthy = () => ({
    status: 200,
    headers: { "content-type": "application/json" },
    body: '{"status":"ok"}',
  });
  /** @type {ReadonlyMap<string, Route>} */
  const routes = new Map([
    ...flowKinds.map((kind) => /** @type {const} */ ([`/${kind}`, flowRoute(kind)])),
    ["/", () => redirect("/welcome")],
    ["/welcome", welcomeRoute],
    ["/error", errorRoute],
    ["/signed-out", signedOutRoute],
    ["/health/alive", healthy],
    ["/health/ready", healthy],
    // Where a load balancer asks each part of the gateway.
    ["/.portcullis/health", healthy],
  ]);

  /** @param {string | undefined} method @param {string} url @param {Asked["visit"]} visit @returns {Promise<Answer>} */
  const answerTo = async (method, url, visit) => {
    if (method !== "GET" && method !== "HEAD")
      return told(405, "method", { headers: { allow: "GET, HEAD" } });
    const [path = "/", query] = url.split("?", 2);
    try {
      const route = routes.get(path);
      if (route) return await route({ query: new URLSearchParams(query), visit });
      const asset = served.find((one) => one.path === path);
      return asset ? assetAnswer(asset, query) : told(404, "notFound");
    } catch (error) {
      logFailure(visit.request, error);
      return told(503, "unavailable", {
        link: "link.retry",
        request: visit.request,
        headers: { "retry-after": "10" },
      });
    }
  };

  const server = createServer(
    { maxHeaderSize, keepAliveTimeout },
    ({ method, url = "/", headers: { cookie, [requestHeader]: given } }, response) => {
      const request = requestName(given);
      void answerTo(method, url, { cookie, request }).then(({ status, headers, body }) => {
        response.writeHead(status, { ...everyAnswer, [requestHeader]: request, ...headers }).end(body);
      });
    },
  );
  return server;
}

const everyAnswer = {
  "content-security-policy": securityPolicy(""),
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "same-origin",
  "x-content-type-options": "nosniff",
};

/**
 * Pages run no script but this server's, and where security keys are used, Kratos'. Where forms lead is left open: they end
 * at the login provider, and browsers count redirects.
 *
 * @param {string} scriptsOf further sources of scripts, with a space in front
 * @param {string} [picturesOf] the same of pictures
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

/** @param {string} location @returns {Answer} */
function redirect(location) {
  return { status: 303, headers: { location, "cache-control": "no-store" }, body: "" };
}

/**
 * Where Kratos starts a flow, and sends the browser back to the flow's page here.
 *
 * @param {string} kratos
 * @param {string} kind
 * @param {URLSearchParams} query
 */
function startUrl(kratos, kind, query) {
  const url = new URL(`${kratos}/self-service/${kind}/browser`);
  for (const name of flowParameters) {
    const value = query.get(name);
    if (value !== null) url.searchParams.set(name, value);
  }
  return url.href;
}
