import { found, type Problem } from "./problem";

/** Name of the session cookie where nobody says: Kratos' own default. */
export const defaultSessionCookie = "ory_kratos_session";

/** What Kratos keeps besides the session, under a name that nobody sets. */
export const continuityCookie = "ory_kratos_continuity";

/** Checks the name of the session cookie: the proxy keeps every cookie whose name begins so from services. */
export function sessionCookieProblems(path: string, name: string): Problem[] {
  if (/^ory_kratos_[a-z0-9_]{1,64}$/.test(name) && name !== continuityCookie) return [];
  const reason =
    name === continuityCookie
      ? "is a cookie that the identity server has for something else"
      : "is no name that begins with ory_kratos_, by which the proxy keeps it from services, and goes on with small letters, digits and _";
  return [{ path, value: found(name), reason, fix: 'Write for example "ory_kratos_session_staging".' }];
}

/**
 * The attribute `SameSite` of a cookie.
 * @see https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Set-Cookie#samesitesamesite-value
 */
export type SameSite = "Strict" | "Lax" | "None";
