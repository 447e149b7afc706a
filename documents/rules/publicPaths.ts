import { nginxPorts } from "./ports";

/** Paths that need no session, in an alphabet that neither a URL nor a list has to escape. */
export interface PublicPathLists {
  readonly exact: readonly string[];
  /** Each with all below it. */
  readonly prefix: readonly string[];
}

/** What every URL of {@link publicPathsUrl} begins with. */
export const publicPathsUrlPrefix = `http://127.0.0.1:${nginxPorts.publicPaths}/?`;

/** The URL by which a Rule says which paths need no session. nginx judges those: nobody is asked at this URL. */
export function publicPathsUrl(paths: PublicPathLists): string {
  const query = Object.entries(paths).flatMap(([name, entries]: [string, readonly string[]]) =>
    entries.length === 0 ? [] : [`${name}=${entries.join(",")}`],
  );
  return publicPathsUrlPrefix + query.join("&");
}

const argument = /^(exact|prefix)=(\/[A-Za-z0-9._~@:+=/-]*(?:,\/[A-Za-z0-9._~@:+=/-]*)*)$/;

/** The paths in a URL of {@link publicPathsUrl}; undefined for any other, of which nobody can tell what it opens. */
export function parsePublicPathsUrl(url: string): PublicPathLists | undefined {
  if (!url.startsWith(publicPathsUrlPrefix)) return undefined;
  const query = url.slice(publicPathsUrlPrefix.length);
  const lists = (query === "" ? [] : query.split("&")).map((text) => argument.exec(text));
  const named = new Map(lists.map((match) => [match?.[1], match?.[2]?.split(",")]));
  // An argument of nginx has the value that is written first.
  if (named.has(undefined) || named.size < lists.length) return undefined;
  return { exact: named.get("exact") ?? [], prefix: named.get("prefix") ?? [] };
}
