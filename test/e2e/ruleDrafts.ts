import { ruleApiVersion, ruleFinalizer, ruleKind } from "../../documents/oathkeeper/rules";

export const TEAM = "portcullis-admission-test";

interface Handler {
  readonly handler: string;
  readonly config?: object;
}

/** What a test writes of a Rule. */
export interface Draft {
  readonly url: string;
  readonly upstream: string;
  readonly authenticators: readonly Handler[];
  readonly authorizer: Handler;
  readonly mutators: readonly Handler[];
  readonly configMapName?: string;
}

/** One that is let in, in a domain with its port. */
export function goodRule(zone: string): Draft {
  return {
    url: `http://grafana.${zone}/<**>`,
    upstream: `http://grafana.${TEAM}.svc:3000`,
    authenticators: [{ handler: "cookie_session" }],
    authorizer: { handler: "allow" },
    mutators: [{ handler: "header" }, { handler: "cookie" }],
  };
}

export function ruleOf({ url, upstream, ...handlers }: Draft, namespace = TEAM): object {
  return {
    apiVersion: ruleApiVersion,
    kind: ruleKind,
    metadata: { name: "draft", namespace, finalizers: [ruleFinalizer] },
    spec: { match: { url, methods: ["GET"] }, upstream: { url: upstream, preserveHost: false }, ...handlers },
  };
}

export function hostOf(zone: string): string {
  return zone.split(":")[0] ?? zone;
}

/** Ends of a Rule's match.url, and what is said of each. */
export const pathsOfRules: Readonly<Record<string, RegExp>> = {
  ...Object.fromEntries(
    ["/a/<**>", "/<{a,a/**}>", "/<{a,a/**,b.c/d,b.c/d/**}>", "/a"].map((path) => [path, /^admitted$/]),
  ),
  ...Object.fromEntries(
    ["/<{a,<**>}>", "/<{a,b/*}>", "/<{a,b?}>", "/<{a,{b,c}}>", "/<{}>", "/<{a}>/<**>"].map((path) => [
      path,
      /plain path/,
    ]),
  ),
};
