const user = "fetch-rules";

/**
 * The users of the rule server, as nginx reads them. A NetworkPolicy admits the whole proxy pod; requests that a Rule
 * makes the proxy send have no password.
 * @see https://nginx.org/en/docs/http/ngx_http_auth_basic_module.html
 */
export function ruleServerUsers(password: string): string {
  return `${user}:{PLAIN}${password}\n`;
}

/** The same as a client has to send it. */
export function ruleServerCredentials(password: string): string {
  return Buffer.from(`${user}:${password}`).toString("base64");
}
