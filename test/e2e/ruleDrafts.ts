import { routeForms } from "../../documents/rules/routeForms";
import { ruleApiVersion, ruleFinalizer, ruleKind, type Method } from "../../documents/oathkeeper/ruleSpec";

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
  /** @default GET */
  readonly methods?: readonly Method[];
}

/** A Rule that is admitted, in a domain with its port. */
export function goodRule(zone: string): Draft {
  return {
    url: `http://grafana.${zone}/<**>`,
    upstream: `http://grafana.${TEAM}.svc:3000`,
    authenticators: [{ handler: "cookie_session" }],
    authorizer: { handler: "allow" },
    mutators: [{ handler: "header" }, { handler: "cookie" }],
  };
}

export function ruleOf({ url, upstream, methods = ["GET"], ...handlers }: Draft, namespace = TEAM): object {
  return {
    apiVersion: ruleApiVersion,
    kind: ruleKind,
    metadata: { name: "draft", namespace, finalizers: [ruleFinalizer] },
    spec: { match: { url, methods }, upstream: { url: upstream, preserveHost: false }, ...handlers },
  };
}

export function hostOf(zone: string): string {
  return zone.split(":")[0] ?? zone;
}

/** Ends of a Rule's match.url, and the message for each. */
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

const notLiteral = /literal hosts/;
const notOwned = /does not own/;

export const tooManyHeaders = Object.fromEntries(
  numbers(routeForms.maxHeaders + 1).map((index) => [`X-H${index}`, "x"]),
);

/** The same Rule with headers for the upstream, and with more in the mutator's configuration. */
export const withHeaders =
  (headers: Readonly<Record<string, string>>, besides: object = {}) =>
  (draft: Draft): Draft => ({
    ...draft,
    mutators: [{ handler: "header", config: { headers, ...besides } }, { handler: "cookie" }],
  });

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** Patterns whose hosts do not belong to the namespace, or cannot be determined, in a zone. */
export const refusedHosts: readonly (readonly [string, (zone: string) => string, RegExp])[] = [
  ["a host of another domain", () => "http://grafana.example.com/<**>", notLiteral],
  ["a look-alike of the domain", (zone) => `http://evil${zone}/<**>`, notLiteral],
  ["an open host", (zone) => `http://<**>.${zone}/<**>`, notLiteral],
  ["every host of the domain", (zone) => `http://<{*.${zone}}>/<**>`, notLiteral],
  ["a wildcard for more than one label", (zone) => `http://<{**.a.${zone}}>/<**>`, notLiteral],
  ["a wildcard over another namespace's hosts", (zone) => `http://<{*.c.${zone}}>/<**>`, notOwned],
  ["the domain itself", (zone) => `http://${zone}/<**>`, notOwned],
  ["an open suffix", (zone) => `http://grafana.${zone}<**>`, notLiteral],
  ["an open scheme", (zone) => `<http?>://grafana.${zone}/<**>`, notLiteral],
  ["another namespace's host", (zone) => `http://vmagent.${zone}/<**>`, notOwned],
  [
    "more methods and hosts than nginx has room for",
    (zone) =>
      `http://<{${numbers(routeForms.maxKeys + 1)
        .map((index) => `h${index}.a.${zone}`)
        .join()}}>/<**>`,
    /methods times hosts at most 2000/,
  ],
  ["one foreign host among its own", (zone) => `http://<{x.a.${zone},vmagent.${zone}}>/<**>`, notOwned],
];
