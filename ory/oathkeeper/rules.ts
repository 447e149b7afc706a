import type { Domain } from "./hosts";
import { urlPattern, type NonEmpty, type Scheme } from "./patterns";

/** HTTP methods a rule can match. */
export type Method = "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS";

/** All of them: a method that no rule matches answers 404. */
export const allMethods: NonEmpty<Method> = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/** Group and version of the custom resource `Rule`. */
export const ruleApiVersion = "oathkeeper.ory.sh/v1alpha1";
export const ruleKind = "Rule";

/** Maester's finalizer; a Rule created with it and with {@link validatedStatus} is live without two further writes. */
export const ruleFinalizer = "finalizer.oathkeeper.ory.sh";

/** The status Maester would write: handlers made by these builders are always among the enabled ones. */
export const validatedStatus = { validation: { valid: true } } as const;

export type AuthenticatorName = "cookie_session" | "noop" | "anonymous" | "unauthorized";
export type AuthorizerName = "allow" | "deny";
export type MutatorName = "header" | "cookie" | "noop";

/** A handler of a rule; its configuration is the proxy's, never the rule's own. */
export interface Handler<Name extends string> {
  readonly handler: Name;
}

/** `spec` of the custom resource `Rule`. */
export interface RuleSpec {
  readonly match: { readonly url: string; readonly methods: Method[] };
  readonly upstream: { readonly url: string; readonly preserveHost: boolean };
  readonly authenticators: Handler<AuthenticatorName>[];
  readonly authorizer: Handler<AuthorizerName>;
  readonly mutators: Handler<MutatorName>[];
}

export interface AccessRuleInput {
  readonly scheme: Scheme;
  readonly domain: Domain;
  /** Hosts inside the domain, already checked by `hostProblems`. */
  readonly hosts: NonEmpty<string>;
  /** Base URL of the upstream, already checked by `upstreamProblems`. */
  readonly upstreamUrl: string;
  /**
   * Whether the upstream sees the host the browser asked for instead of its own.
   * @default false
   */
  readonly preserveHost?: boolean;
  /** @default all seven */
  readonly methods?: NonEmpty<Method>;
}

/** The rule of a protected service: a session, then the identity headers instead of the session cookie. */
export function accessRule(input: AccessRuleInput): RuleSpec {
  return {
    match: {
      url: urlPattern(input.scheme, input.hosts, input.domain),
      methods: [...(input.methods ?? allMethods)],
    },
    upstream: { url: input.upstreamUrl, preserveHost: input.preserveHost ?? false },
    authenticators: [{ handler: "cookie_session" }],
    authorizer: { handler: "allow" },
    mutators: [{ handler: "header" }, { handler: "cookie" }],
  };
}
