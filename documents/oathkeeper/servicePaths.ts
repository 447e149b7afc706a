import type { Partly } from "../shared/partly";
import { found, type Path, type Problem } from "../shared/problem";
import type { NonEmpty } from "../shared/nonEmpty";
import { endsInSlash, isWithin, lengthProblems, plainPathProblems } from "./plainPaths";
import type { PublicPath } from "./publicPaths";

/** Which part of its hosts belongs to a service. */
export interface ServicePaths {
  /**
   * Paths of its hosts, each with everything below it, for several services on one host: `["/prometheus"]`. A path that
   * some upstream could read as another path is then answered with 400 on these hosts.
   * @default the whole host
   */
  readonly paths?: NonEmpty<string>;
  /**
   * Whether the path is removed from requests to the upstream: for `/prometheus/graph` it sees `/graph`. Needs exactly
   * one path.
   * @default false
   */
  readonly stripPath?: boolean;
}

/** Checks a service's paths, and that its public paths are among them; `path` names a property of the service. */
export function servicePathsProblems(
  path: Path,
  { paths, stripPath, publicPaths }: Partly<ServicePaths & { readonly publicPaths: readonly PublicPath[] }>,
): Problem[] {
  if (paths === undefined) return stripPath === true ? [nothingToStrip(path("stripPath"))] : [];
  const single = paths.flatMap((text, index) => pathProblems(path, paths.slice(0, index), text, index));
  const list: Problem[] = [
    ...(paths.length === 0 ? [noPath(path("paths"))] : []),
    ...lengthProblems(path("paths"), paths, "the proxy compares each request with them"),
    ...(stripPath === true && paths.length > 1 ? [nothingToStrip(path("stripPath"))] : []),
  ];
  const isPlain = single.length + list.length === 0;
  return [...list, ...single, ...(isPlain ? elsewhere(path, paths, publicPaths) : [])];
}

function pathProblems(path: Path, earlier: readonly string[], text: string, index: number): Problem[] {
  const at = path(`paths[${index}]`);
  const ofForm = plainPathProblems(at, text);
  if (ofForm.length > 0) return ofForm;
  if (text === "/")
    return [
      {
        path: at,
        value: found(text),
        reason: "is the whole host, which two services cannot share: no Rule can match all paths except some",
        fix: "Leave paths out, and give the other services hosts of their own.",
      },
    ];
  if (text.endsWith("/")) return [endsInSlash(at, text)];
  const other = earlier.findIndex((one) => isWithin(text, one) || isWithin(one, text));
  if (other === -1) return [];
  return [
    {
      path: at,
      value: found(text),
      reason: `covers requests that ${path(`paths[${other}]`)} covers too`,
      fix: "Keep the wider one.",
    },
  ];
}

/** The public paths whose requests another service may take. */
function elsewhere(
  path: Path,
  paths: readonly string[],
  publicPaths: readonly Partly<PublicPath>[] = [],
): Problem[] {
  return publicPaths.flatMap(({ path: text }, index) =>
    text === undefined || paths.some((one) => isWithin(text, one))
      ? []
      : [
          {
            path: path(`publicPaths[${index}].path`),
            value: found(text),
            reason: "is not among the service's paths",
            fix: `Write one as browsers ask for it, for example "${paths[0] ?? ""}${text === "/" ? "" : text}".`,
          },
        ],
  );
}

function noPath(path: string): Problem {
  return { path, value: "[]", reason: "names no path", fix: "Name one, or leave it out for the whole host." };
}

function nothingToStrip(path: string): Problem {
  return {
    path,
    value: "true",
    reason: "does not say which path to leave out when the upstream is asked",
    fix: "Write exactly one entry of paths, or leave stripPath out.",
  };
}
