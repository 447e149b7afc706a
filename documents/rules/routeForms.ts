/** Letters of the longest method. */
export const maxMethod = 14;

/** Longest path that a Rule carries: with escapes it is a text of twice its length. */
export const maxPath = 2000;

const plainPath = `[A-Za-z0-9._~@:+=/-]{0,${maxPath}}`;

/**
 * What routes can be made of. The script that makes them and the checks of a program's arguments use the same forms, so the
 * proxy does not omit what passes in a preview. Patterns are texts of regular expressions.
 */
export const routeForms = {
  /** Of a Rule's `upstream.url`: scheme, host, port and path. */
  upstreamUrl:
    "^(https?)://(\\[[0-9a-fA-F:]+\\]|[A-Za-z0-9.-]+)(?::([0-9]{1,5}))?((?:/[A-Za-z0-9._~@:+=%-]+)*)/?$",
  /** Hosts that are the proxy's own pod, including numbers: an address may be written as one. */
  ownHost:
    "^(?:(?:.*\\.)?localhost|127\\.[0-9.]*|0\\.0\\.0\\.0|(?:0[xX][0-9a-fA-F]*|[0-9]+)(?:\\.(?:0[xX][0-9a-fA-F]*|[0-9]+)){0,2}|0[0-9xX][0-9a-fA-F]*(?:\\.[0-9a-fA-FxX]+){3}|\\[[0:]*(?:[01]|ffff:.*)?\\])\\.?$",
  /** Of `upstream.strip_path`, without leading and trailing slashes. */
  strippedPath: `^${plainPath}$`,
  /** Of a list of public paths. */
  pathList: `^/${plainPath}(?:,/${plainPath})*$`,
  /** Of a method, which precedes each host in nginx' hash tables. */
  method: `^[A-Z]{1,${maxMethod}}$`,
  /** Of the methods of a Rule at its hosts, each of which is a key in nginx' hash tables. */
  maxKeys: 2000,
  /** nginx' hash table of a route's headers has no room for many names of one hash. */
  maxHeaders: 100,
  /** With a port. */
  maxHost: 259,
  /** nginx' hash table of a route's headers has no room for a longer name. */
  maxHeaderName: 46,
  /** nginx reads no text in its configuration that is longer than 4096 bytes, and would refuse all routes. */
  maxText: 4090,
  /** More than an address can have, escaped as a Rule has it; nginx' hash tables have no room for much longer keys. */
  maxEntry: 400,
} as const;

/** The length of a text in nginx' configuration; `$dollar` is there because nginx has no escape for it. */
export function quotedLength(text: string): number {
  return text.replace(/[\\"]/g, "\\$&").replaceAll("$", "${dollar}").length + 2;
}
