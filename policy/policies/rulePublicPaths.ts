import { parsePublicPathsUrl, type PublicPathLists } from "../../documents/rules/publicPaths";
import { parseMatchPattern } from "../../documents/oathkeeper/matchPattern";
import { found, type Problem } from "../../documents/shared/problem";
import type { KubernetesObject } from "../lib/objects";
import { objectPolicy } from "../lib/policy";
import { ruleOf, type AnyRule } from "../lib/rules";
import { matchesAny } from "../lib/text";
import { ofEach } from "../lib/unknown";

interface Options {
  readonly publicUrls: readonly string[];
  readonly acceptPublicPaths: boolean;
}

export const rulePublicPaths = objectPolicy<Options>({
  name: "rule-public-paths",
  description: "Nothing but declared public paths is open to anybody.",
  level: "mandatory",
  severity: "high",
  why: "The authenticators noop and anonymous, and a session check that says yes, let everybody through to the upstream.",
  remediationSteps:
    "Remove the public path or the authenticator that opens it, or list the URL in the option publicUrls.",
  url: "https://www.ory.com/docs/oathkeeper/pipeline/authn#anonymous",
  options: {
    publicUrls: {
      type: "array",
      items: { type: "string" },
      description:
        "URLs that may be open, `*` standing for anything: `match.url` of a Rule, or host and public path, for example `https://app.example.com/healthz`. What is below a prefix is `<**>`.",
      default: [],
    },
    acceptPublicPaths: {
      type: "boolean",
      description:
        "Whether a ProtectedService may declare public paths of its own. A whole service is never public.",
      default: true,
    },
  },
  *check(object, { publicUrls, acceptPublicPaths }): Generator<Problem> {
    const rule = ruleOf(object);
    if (!rule) return;
    const isListed = (url: string) => matchesAny(url, publicUrls);
    const isDeclared = acceptPublicPaths && isOfProtectedService(object);
    yield* ofEach(rule.authenticators ?? [], function* ({ handler = "", config }, index) {
      const opening = openingOf(rule, handler, config);
      if (!opening || isListed(urlOf(rule))) return;
      const urls = opening.urls.filter((url) => !isListed(url));
      if (urls.length === 0 && opening.urls.length > 0) return;
      if (opening.kind === "paths" && isDeclared) return;
      yield {
        path: `spec.authenticators[${index}].${opening.property}`,
        value: found(opening.value),
        reason: reasonOf(opening.kind, urls.length > 0 ? urls : [urlOf(rule)]),
        fix: "Remove it, or list the URL in the option publicUrls.",
      };
    });
  },
});

interface Opening {
  readonly kind: "whole" | "paths" | "unreadable";
  readonly property: string;
  readonly value: unknown;
  /** The public URLs; empty if everything that the Rule matches is public. */
  readonly urls: readonly string[];
}

/** What an authenticator opens to everybody; undefined for one that requires an identity. */
function openingOf(rule: AnyRule, handler: string, config: AnyConfig): Opening | undefined {
  if (handler === "noop" || handler === "anonymous")
    return { kind: "whole", property: "handler", value: handler, urls: [] };
  if (handler !== "bearer_token" && handler !== "cookie_session") return undefined;
  const value = config?.["check_session_url"];
  // The default is the proxy's URL, where nothing is public.
  if (value === undefined) return undefined;
  const lists =
    handler === "bearer_token" && typeof value === "string" ? parsePublicPathsUrl(value) : undefined;
  const opening = { property: "config.check_session_url", value };
  if (!lists) return { ...opening, kind: "unreadable", urls: [] };
  const urls = urlsOf(rule, lists);
  const isPreflight = rule.match?.methods?.every((method) => method === "OPTIONS") ?? false;
  if (lists.prefix.includes("/") && !isPreflight) return { ...opening, kind: "whole", urls };
  return urls.length === 0 ? undefined : { ...opening, kind: "paths", urls };
}

type AnyConfig = Readonly<Record<string, unknown>> | undefined;

function urlOf({ match }: AnyRule): string {
  return match?.url ?? "";
}

/** Every public path of every host. */
function urlsOf(rule: AnyRule, { exact, prefix }: PublicPathLists): string[] {
  const url = urlOf(rule);
  const paths = [...exact, ...prefix.map((path) => `${path.replace(/\/$/, "")}/<**>`)];
  const { schemes, hosts } = parseMatchPattern(url) ?? { schemes: [], hosts: [] };
  const origins = schemes.flatMap((scheme) =>
    hosts.map(({ host, port }) => `${scheme}://${host}${port === "" ? "" : `:${port}`}`),
  );
  if (origins.length === 0) return paths.map((path) => `${url} ${path}`);
  return origins.flatMap((origin) => paths.map((path) => origin + path));
}

function reasonOf(kind: Opening["kind"], urls: readonly string[]): string {
  // A patch may omit which requests it is about.
  const what = urls.filter((url) => url !== "").join(", ") || "the service";
  switch (kind) {
    case "whole":
      return `opens all of it to anybody: ${what}`;
    case "paths":
      return `opens ${what} to anybody`;
    case "unreadable":
      return `lets a server that is not the gateway's say who may enter ${what}`;
  }
}

/** A resource's URN contains its parents. */
function isOfProtectedService({ urn }: KubernetesObject): boolean {
  return urn.includes("portcullis:index:ProtectedService$");
}
