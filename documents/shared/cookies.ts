/** Kratos' own default; the proxy, the session check and Kratos must agree on it. */
export const sessionCookieName = "ory_kratos_session";

/** @see https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Set-Cookie#samesitesamesite-value */
/** The attribute `SameSite` of a cookie. */
export type SameSite = "Strict" | "Lax" | "None";
