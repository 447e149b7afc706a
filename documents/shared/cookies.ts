import { found, type Problem } from "./problem";

/** The default name of the session cookie: Kratos' own default. */
export const defaultSessionCookie = "ory_kratos_session";

/** The other cookie that Kratos keeps. Its name cannot be set. */
export const continuityCookie = "ory_kratos_continuity";

/** Checks the name of the session cookie: the proxy withholds every cookie whose name begins with it from services. */
export function sessionCookieProblems(path: string, name: string): Problem[] {
  if (/^ory_kratos_[a-z0-9_]{1,64}$/.test(name) && name !== continuityCookie) return [];
  const reason =
    name === continuityCookie
      ? "is a cookie that the identity server has for something else"
      : "is not a name that begins with ory_kratos_, by which the proxy keeps it from services, and continues with lower-case letters, digits and _";
  return [{ path, value: found(name), reason, fix: 'Write for example "ory_kratos_session_staging".' }];
}

/**
 * The attribute `SameSite` of a cookie.
 * @see https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Set-Cookie#samesitesamesite-value
 */
export type SameSite = "Strict" | "Lax" | "None";
