import { nginxPorts } from "./ports";

/** Paths that need no session, in characters that need no escaping in a URL or a list. */
export interface PublicPathLists {
  readonly exact: readonly string[];
  /** Each includes everything below it. */
  readonly prefix: readonly string[];
}

/** The start of every URL of {@link publicPathsUrl}. */
export const publicPathsUrlPrefix = `http://127.0.0.1:${nginxPorts.publicPaths}/?`;

/** The URL by which a Rule says which paths need no session. nginx checks them: no request is sent to this URL. */
export function publicPathsUrl(paths: PublicPathLists): string {
  const query = Object.entries(paths).flatMap(([name, entries]: [string, readonly string[]]) =>
    entries.length === 0 ? [] : [`${name}=${entries.join(",")}`],
  );
  return publicPathsUrlPrefix + query.join("&");
}

const argument = /^(exact|prefix)=(\/[A-Za-z0-9._~@:+=/-]*(?:,\/[A-Za-z0-9._~@:+=/-]*)*)$/;

/** The paths in a URL of {@link publicPathsUrl}; undefined for any other, because what that makes public is unknown. */
export function parsePublicPathsUrl(url: string): PublicPathLists | undefined {
  if (!url.startsWith(publicPathsUrlPrefix)) return undefined;
  const query = url.slice(publicPathsUrlPrefix.length);
  const lists = (query === "" ? [] : query.split("&")).map((text) => argument.exec(text));
  const named = new Map(lists.map((match) => [match?.[1], match?.[2]?.split(",")]));
  // If an argument is repeated, nginx uses the first value.
  if (named.has(undefined) || named.size < lists.length) return undefined;
  return { exact: named.get("exact") ?? [], prefix: named.get("prefix") ?? [] };
}
