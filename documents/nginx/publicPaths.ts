import { ambiguousPath } from "./authorize";
import { nginxPorts } from "./ports";

/** Paths that need no session, in an alphabet that neither a URL nor a list has to escape. */
export interface PublicPathLists {
  readonly exact: readonly string[];
  /** Each with all below it. */
  readonly prefix: readonly string[];
}

/** What every URL of {@link publicPathsUrl} begins with. */
export const publicPathsUrlPrefix = `http://127.0.0.1:${nginxPorts.publicPaths}/?`;

/** The URL by which a Rule asks for the session of a request, or whether its path needs none. */
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

/**
 * The path of the question is that of the request, decoded and escaped anew by the proxy. The lists come first in the
 * compared text: each entry is compared once, and a path of any length is read once.
 */
export const publicPathsContext = `  map $request_uri $asked_path {
    "~^([^?]*)" $1;
  }
  map $asked_path $asked_plain_path {
    "~*${ambiguousPath}" "";
    default $asked_path;
  }
  map "$arg_exact $asked_plain_path" $public_exact {
    "~(?:^|,)([^, ]+)(?:,\\S*)? \\1$" 1;
    default "";
  }
  map "$arg_prefix $asked_plain_path" $public_prefix {
    "~(?:^|,)([^, ]+)(?:,\\S*)? \\1(?:/|$)" 1;
    default "";
  }
  map "$public_exact$public_prefix" $public {
    "" "";
    default 1;
  }
`;

/** Lets a server look a session up only where the path is not public; `path` is where it does that. */
export function publicPathsFirst(path: string): string {
  return `    # Nobody, past every factor: the identity headers are then empty too.
    if ($public) {
      return 200 '{"authenticator_assurance_level":"aal2","identity":{"id":""}}';
    }
    rewrite ^ ${path};
`;
}
