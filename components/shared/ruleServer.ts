const user = "fetch-rules";

/**
 * Whom the server of rules answers, as nginx reads it. A NetworkPolicy lets all of a proxy pod in; what a Rule makes the proxy
 * ask for has no password.
 * @see https://nginx.org/en/docs/http/ngx_http_auth_basic_module.html
 */
export function ruleServerUsers(password: string): string {
  return `${user}:{PLAIN}${password}\n`;
}

/** The same as whoever asks has to send it. */
export function ruleServerCredentials(password: string): string {
  return Buffer.from(`${user}:${password}`).toString("base64");
}
