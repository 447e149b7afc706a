/**
 * Whether users have a second factor: TOTP, a security key or passkey, recovery codes. If a user has set one up, Kratos
 * asks for it at sign-in and the session check requires it. `required` lets nobody through without one; the proxy
 * requires it, and its access-denied endpoint sends users who have none to set one up.
 */
export type SecondFactor = "off" | "optional" | "required";
