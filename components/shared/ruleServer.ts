/** Port of the server of rules. */
export const ruleServerPort = 8081;

const user = "fetch-rules";

/**
 * Configuration of busybox' httpd by which it answers nobody without the password. A NetworkPolicy lets all of a proxy
 * pod in; what a Rule makes the proxy ask for has no password.
 * @see https://busybox.net/downloads/BusyBox.html
 */
export function ruleServerConfig(password: string): string {
  return `/:${user}:${password}\n`;
}

/** The same as whoever asks has to send it. */
export function ruleServerCredentials(password: string): string {
  return Buffer.from(`${user}:${password}`).toString("base64");
}
