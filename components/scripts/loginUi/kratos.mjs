// @ts-check
import { logFailure, requestHeader } from "./requestName.mjs";

/**
 * @typedef {object} KratosAnswer
 * @property {number} status
 * @property {Readonly<Record<string, unknown>>} body
 * @property {string | undefined} redirectTo where Kratos wants the browser to go, as for a missing second factor or a flow that is over
 */
/** @typedef {ReturnType<typeof kratosClient>} KratosClient */

/**
 * Whose request an answer is for.
 *
 * @typedef {{ readonly cookie?: string | undefined, readonly request: string }} Visit `request` is its name
 */

const timeoutMs = 10_000;

/**
 * A service that the user may open.
 *
 * @typedef {{ readonly url: string, readonly title: string, readonly description?: string, readonly icon?: string }} Service
 */
/** @typedef {readonly Service[] | "none yet" | "not known"} Services `none yet` while the session lacks its second factor */

/**
 * Asks the proxy which services a user may open, with the user's session and no other cookie.
 *
 * @param {string} servicesUrl
 * @param {string} sessionCookie its name
 */
export function servicesClient(servicesUrl, sessionCookie) {
  const ofSession = new RegExp(`(?:^|;\\s*)(${sessionCookie}=[^;]*)`);
  /** @param {Visit} visit @returns {Promise<Services>} */
  return async ({ cookie = "", request }) => {
    const [, session] = ofSession.exec(cookie) ?? [];
    if (session === undefined) return "not known";
    try {
      const response = await fetch(servicesUrl, {
        redirect: "manual",
        headers: { cookie: session, [requestHeader]: request },
        signal: AbortSignal.timeout(timeoutMs),
      });
      if (response.status === 403) return "none yet";
      if (response.status !== 200) throw new Error(`The proxy answered ${response.status}`);
      return /** @type {{ services: readonly Service[] }} */ (await response.json()).services;
    } catch (error) {
      logFailure(request, error);
      return "not known";
    }
  };
}

/**
 * Asks Kratos' public API with a browser's cookies, without following redirects that are meant for browsers.
 *
 * @param {string} publicUrl
 */
export function kratosClient(publicUrl) {
  const base = publicUrl.replace(/\/$/, "");
  /**
   * @param {string} path
   * @param {Visit} visit
   * @returns {Promise<KratosAnswer>}
   */
  return async (path, { cookie, request }) => {
    const response = await fetch(base + path, {
      redirect: "manual",
      headers: {
        accept: "application/json",
        [requestHeader]: request,
        ...(cookie !== undefined && { cookie }),
      },
      signal: AbortSignal.timeout(timeoutMs),
    });
    const body = objectOf(await response.json().catch(() => undefined));
    if (response.status >= 500)
      throw new Error(`Kratos answered ${response.status} to ${path.split("?")[0]}`);
    const details = objectOf(objectOf(body["error"])["details"]);
    return {
      status: response.status,
      body,
      redirectTo: textOf(body["redirect_browser_to"]) ?? textOf(details["redirect_to"]),
    };
  };
}

/** @param {unknown} value @returns {Readonly<Record<string, unknown>>} */
function objectOf(value) {
  return typeof value === "object" && value !== null ? /** @type {Record<string, unknown>} */ (value) : {};
}

/** @param {unknown} value */
function textOf(value) {
  return typeof value === "string" ? value : undefined;
}
