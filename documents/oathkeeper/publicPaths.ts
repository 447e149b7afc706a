import type { PublicPathLists } from "../rules/publicPaths";
import type { Partly } from "../shared/partly";
import { found, type Problem } from "../shared/problem";
import type { NonEmpty } from "../shared/nonEmpty";
import { endsInSlash, isWithin, lengthProblems, plainPathProblems } from "./plainPaths";
import type { Method } from "./ruleSpec";

/** A part of a service that needs no session. */
export interface PublicPath {
  /** Path of the URL, without a query. */
  readonly path: `/${string}`;
  /** `prefix` is the path itself and everything below it, not a path that merely begins with the same characters. */
  readonly match: "exact" | "prefix";
  /** @default GET and HEAD */
  readonly methods?: NonEmpty<Method>;
}

const readOnly: NonEmpty<Method> = ["GET", "HEAD"];

/** Checks that the paths are plain and inside the service's methods, and that no two match the same request. */
export function publicPathProblems(
  path: string,
  paths: readonly Partly<PublicPath>[],
  methods: readonly Method[],
): Problem[] {
  const texts = paths.map((entry) => entry.path ?? "");
  const tooLong = lengthProblems(path, texts, "every request carries them", "prefixes");
  const single = paths.flatMap((entry, index) => {
    const at = `${path}[${index}]`;
    const { path: text } = entry;
    const ofPath = text === undefined ? [] : singlePathProblems(`${at}.path`, text, entry);
    if (ofPath.length > 0) return ofPath;
    const earlier = paths.slice(0, index).findIndex((other) => overlaps(other, entry));
    return [
      ...(earlier === -1
        ? []
        : [
            {
              path: at,
              value: found(entry),
              reason: `covers requests that ${path}[${earlier}] covers too`,
              fix: "Keep the wider one.",
            },
          ]),
      ...methodProblems(`${at}.methods`, entry, methods),
    ];
  });
  return [...tooLong, ...single];
}

/** Methods with the same public paths. */
export interface MethodGroup {
  readonly methods: NonEmpty<Method>;
  readonly paths: PublicPathLists;
}

/** Groups methods that have the same public paths. The service's other methods have none. */
export function groupByMethods(
  paths: readonly PublicPath[],
  methods: NonEmpty<Method>,
): NonEmpty<MethodGroup> {
  const groups = new Map<string, MethodGroup>();
  for (const method of methods) {
    const open = paths.filter((entry) => (entry.methods ?? readOnly).includes(method));
    const lists = { exact: pathsOf(open, "exact"), prefix: pathsOf(open, "prefix") };
    const key = JSON.stringify(lists);
    const group = groups.get(key);
    groups.set(key, { methods: group ? [...group.methods, method] : [method], paths: lists });
  }
  const [first = { methods, paths: { exact: [], prefix: [] } }, ...others] = groups.values();
  return [first, ...others];
}

function pathsOf(paths: readonly PublicPath[], match: PublicPath["match"]): string[] {
  return paths.filter((entry) => entry.match === match).map(({ path }) => path);
}

/** A browser sends OPTIONS, without a cookie, before a request from another origin. The answer holds no data. */
const preflight: Method = "OPTIONS";

function singlePathProblems(
  path: string,
  text: string,
  { match, methods = readOnly }: Partly<PublicPath>,
): Problem[] {
  const ofForm = plainPathProblems(path, text);
  if (ofForm.length > 0 || match !== "prefix" || !text.endsWith("/")) return ofForm;
  if (text !== "/") return [endsInSlash(path, text)];
  if (methods.every((method) => method === preflight)) return [];
  return [
    {
      path,
      value: found(text),
      reason: "opens the whole service",
      fix: `Name the parts that are public, or only the method ${preflight}; a service without a login needs no ProtectedService.`,
    },
  ];
}

function methodProblems(
  path: string,
  { methods }: Partly<PublicPath>,
  ofService: readonly Method[],
): Problem[] {
  const unused = (methods ?? []).filter((method) => !ofService.includes(method));
  const isUsed = (methods ?? readOnly).some((method) => ofService.includes(method));
  if (unused.length === 0 && isUsed) return [];
  return [
    {
      path,
      value: found(methods),
      reason: `names no method, or one that the service does not let through: it has ${ofService.join(", ")}`,
      fix: "Write methods of the service.",
    },
  ];
}

function overlaps(one: Partly<PublicPath>, other: Partly<PublicPath>): boolean {
  const shares = (one.methods ?? readOnly).some((method) => (other.methods ?? readOnly).includes(method));
  return shares && (covers(one, other.path) || covers(other, one.path));
}

function covers({ path, match }: Partly<PublicPath>, other: string | undefined): boolean {
  if (other === undefined || path === undefined) return false;
  return match === "prefix" ? isWithin(other, path) : other === path;
}
