import { found, type Problem } from "../../ory/problem";
import type { KubernetesObject } from "../lib/objects";
import { objectPolicy } from "../lib/policy";
import { ruleOf } from "../lib/rules";
import { matchesAny } from "../lib/text";

interface Options {
  readonly publicUrls: readonly string[];
  readonly acceptPublicPaths: boolean;
}

const open = ["noop", "anonymous"];

/** @see https://www.ory.com/docs/oathkeeper/pipeline/authn#anonymous */
export const rulePublicPaths = objectPolicy<Options>({
  name: "rule-public-paths",
  description: "Nothing but declared public paths is open to anybody.",
  level: "mandatory",
  why: "The authenticators noop and anonymous let everybody through to the upstream.",
  options: {
    publicUrls: {
      type: "array",
      items: { type: "string" },
      description: "`match.url` of Rules that may be open, `*` standing for anything.",
      default: [],
    },
    acceptPublicPaths: {
      type: "boolean",
      description: "Whether a ProtectedService declares its own, in `publicPaths`.",
      default: true,
    },
  },
  *check(object, { publicUrls, acceptPublicPaths }): Generator<Problem> {
    const rule = ruleOf(object);
    const opening = rule?.authenticators?.find(({ handler = "" }) => open.includes(handler));
    if (!rule || !opening) return;
    const url = rule.match?.url ?? "";
    if (matchesAny(url, publicUrls) || (acceptPublicPaths && isOfProtectedService(object))) return;
    yield {
      path: "spec.authenticators",
      value: found(opening.handler),
      reason: `opens ${url} to anybody`,
      fix: "Remove it, or list the URL in the option publicUrls.",
    };
  },
});

/** Its parents are part of a resource's name. */
function isOfProtectedService({ urn }: KubernetesObject): boolean {
  return urn.includes("portcullis:index:ProtectedService$");
}
