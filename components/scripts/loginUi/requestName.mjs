// @ts-check
import { randomUUID } from "node:crypto";

/** Header that names a request, also to Kratos. */
export const requestHeader = "x-request-id";

/**
 * The ingress controller's name of a request, or one of our own: it is in the page of a failure, in this log and in
 * Kratos'.
 *
 * @param {string | readonly string[] | undefined} given
 */
export function requestName(given) {
  return typeof given === "string" && /^[A-Za-z0-9._-]{8,128}$/.test(given) ? given : randomUUID();
}

/**
 * Logs why a request could not be served as it should be.
 *
 * @param {string} request its name
 * @param {unknown} error
 */
export function logFailure(request, error) {
  const { message, cause } = error instanceof Error ? error : new Error(String(error));
  const reason = cause === undefined ? message : `${message}: ${String(cause)}`;
  console.error(
    JSON.stringify({ time: new Date().toISOString(), audit: "login page failed", request, reason }),
  );
}
