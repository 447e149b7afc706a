import { dnsName } from "../shared/dnsNames";
import { covers } from "./hosts";

/** A host of a rule, as its pattern writes it. */
export interface MatchedHost {
  /** A name, or a wildcard for one label: `*.previews.apps.example.com`. */
  readonly host: string;
  /** Empty for the scheme's default port, `*` for any port. */
  readonly port: string;
}

/** What a rule's `match.url` matches, in either matching strategy. */
export interface MatchPattern {
  readonly schemes: readonly string[];
  readonly hosts: readonly MatchedHost[];
  /** The rest, from the first slash on. */
  readonly path: string;
}

const host = `${dnsName}(?::[0-9]+)?`;
/** A host in a list may be a wildcard. */
const listed = `(?:\\*\\.)?${host}`;
const anyPort = "<(:[0-9]+)?>";
const anchored = new RegExp(
  "^(https?|<https\\?>|<\\{http,https\\}>|<\\(?http\\|https\\)?>)://" +
    `(?:(${host})(<\\(:\\[0-9\\]\\+\\)\\?>)?|<\\{(${listed}(?:,${listed})*)\\}>)` +
    "(/.*|<\\(/.*\\)\\?>)?$",
  "s",
);

/**
 * Reads a pattern of literal hosts and wildcards; undefined for any other. A host that is neither, or that does not end at
 * a port or a slash, also matches look-alikes: `http://app.example.com<.*>` matches `app.example.com.evil.example`.
 * @see https://www.ory.com/docs/oathkeeper/api-access-rules#access-rule-format
 */
export function parseMatchPattern(url: string): MatchPattern | undefined {
  const [, scheme = "", single, openPort, several, path = ""] = anchored.exec(url) ?? [];
  const authorities = single === undefined ? several?.split(",") : [single];
  if (!authorities) return undefined;
  return {
    schemes: scheme.startsWith("<") ? ["http", "https"] : [scheme],
    hosts: authorities.map((authority) => {
      const [name = "", port = openPort === anyPort ? "*" : ""] = authority.split(":");
      return { host: name, port };
    }),
    path,
  };
}

/** Whether one request could match both. If two rules match, the proxy answers 500. */
export function overlap(one: MatchPattern, other: MatchPattern): boolean {
  return (
    one.schemes.some((scheme) => other.schemes.includes(scheme)) &&
    one.hosts.some((a) => other.hosts.some((b) => sameHost(a.host, b.host) && samePort(a.port, b.port))) &&
    pathForms(one.path).some((a) => pathForms(other.path).some((b) => meet(a, b)))
  );
}

/** Whether a rule for one host, which may be a wildcard, matches another. */
export function takesHost(own: MatchedHost, asked: MatchedHost): boolean {
  return (own.host === asked.host || covers(own.host, asked.host)) && samePort(own.port, asked.port);
}

function sameHost(one: string, other: string): boolean {
  return one === other || covers(one, other) || covers(other, one);
}

function samePort(one: string, other: string): boolean {
  return one === other || one === "*" || other === "*";
}

/** A character of a path, or `any` for any number of characters. */
type Token = string | typeof any;
const any = Symbol("any");

/** The forms that a path pattern matches: each alternative by itself, and everything else between brackets as any characters. */
function pathForms(path: string): Token[][] {
  return path
    .split(/(<[^>]*>)/)
    .filter((part) => part !== "")
    .reduce<Token[][]>(
      (forms, part) => forms.flatMap((form) => alternatives(part).map((next) => [...form, ...next])),
      [[]],
    );
}

function alternatives(part: string): Token[][] {
  if (!part.startsWith("<")) return [Array.from(part)];
  const [, list] = /^<\{([^{}?[\]]*)\}>$/.exec(part) ?? [];
  if (list === undefined) return [[any]];
  return list.split(",").map((text) => text.split(/(\*+)/).flatMap(tokens));
}

function tokens(part: string): Token[] {
  return part.startsWith("*") ? [any] : Array.from(part);
}

/** Whether some text matches both forms. */
function meet(one: readonly Token[], other: readonly Token[]): boolean {
  // Works backwards: whether the rest of `one` meets the rest of `other`, for every start in `other`.
  let left: boolean[] = [];
  for (let i = one.length; i >= 0; i--) {
    const next = left;
    left = [];
    for (let j = other.length; j >= 0; j--) {
      const [a, b] = [one[i], other[j]];
      if (a === undefined && b === undefined) left[j] = true;
      else if (a === any || b === any)
        left[j] = (b !== undefined && left[j + 1] === true) || (a !== undefined && next[j] === true);
      else left[j] = a !== undefined && a === b && next[j + 1] === true;
    }
  }
  return left[0] === true;
}
