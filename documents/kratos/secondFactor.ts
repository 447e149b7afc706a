/**
 * Whether users have a second factor: TOTP, a security key or passkey, recovery codes. Where one is set up, Kratos asks for
 * it at sign-in and the session check demands it. `required` lets nobody through without one; the proxy demands it, and
 * its access-denied endpoint sends whoever has none to set one up.
 */
export type SecondFactor = "off" | "optional" | "required";
