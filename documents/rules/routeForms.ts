/**
 * What the routes can be made of: the script that makes them and the checks of a program's arguments go by the same, so that
 * nothing passes in preview and is left out by the proxy. Patterns are texts of regular expressions.
 */
export const routeForms = {
  /** Of a Rule's `upstream.url`: scheme, host, port and path. */
  upstreamUrl:
    "^(https?)://(\\[[0-9a-fA-F:]+\\]|[A-Za-z0-9.-]+)(?::([0-9]{1,5}))?((?:/[A-Za-z0-9._~@:+=%-]+)*)/?$",
  /** Hosts that are the proxy's pod itself, a number too: an address may be written as one. */
  ownHost:
    "^(?:(?:.*\\.)?localhost|127\\.[0-9.]*|0\\.0\\.0\\.0|(?:0[xX][0-9a-fA-F]*|[0-9]+)(?:\\.(?:0[xX][0-9a-fA-F]*|[0-9]+)){0,2}|0[0-9xX][0-9a-fA-F]*(?:\\.[0-9a-fA-FxX]+){3}|\\[[0:]*(?:[01]|ffff:.*)?\\])\\.?$",
  /** Of `upstream.strip_path`, without slashes at its ends. */
  strippedPath: "^[A-Za-z0-9._~@:+=/-]*$",
  /** nginx reads no text of its configuration that is longer than 4096 bytes, and would take none of the routes. */
  maxText: 4090,
  /** More than an address can have, escaped as a Rule has it; nginx' hash tables have no room for much longer keys. */
  maxEntry: 400,
} as const;

/** How long a text is as nginx' configuration has it; `$dollar` is there because nginx knows no escape for it. */
export function quotedLength(text: string): number {
  return text.replace(/[\\"]/g, "\\$&").replaceAll("$", "${dollar}").length + 2;
}
