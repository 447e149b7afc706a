import type { WrittenOptions } from "../rules/upstreamOptions";
import type { NonEmpty } from "../shared/nonEmpty";
import type { UpstreamHeaders } from "./headers";

/** HTTP methods that a rule can match; those of WebDAV, CalDAV and searches only for services that name them. */
export type Method =
  | ("GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS")
  | ("COPY" | "LOCK" | "MKCALENDAR" | "MKCOL" | "MOVE" | "PROPFIND" | "PROPPATCH")
  | ("QUERY" | "REPORT" | "SEARCH" | "UNLOCK");

/** The methods of a service that names none. A request with a method that no rule matches gets 404. */
export const usualMethods: NonEmpty<Method> = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/** @see https://www.iana.org/assignments/http-methods/ */
export const furtherMethods: NonEmpty<Method> = [
  ...(["COPY", "LOCK", "MKCALENDAR", "MKCOL", "MOVE", "PROPFIND", "PROPPATCH"] as const),
  ...(["QUERY", "REPORT", "SEARCH", "UNLOCK"] as const),
];

/** Group and version of the custom resource `Rule`. */
export const ruleApiVersion = "oathkeeper.ory.sh/v1alpha1";
export const ruleKind = "Rule";

/** The path at which the API server lists the Rules of all namespaces. */
export const rulesApiPath = `/apis/${ruleApiVersion}/rules`;

/** Maester's finalizer. A Rule created with it and with {@link validatedStatus} is live without two further writes. */
export const ruleFinalizer = "finalizer.oathkeeper.ory.sh";

/** The status that Maester would write: the handlers that these builders use are always enabled. */
export const validatedStatus = { validation: { valid: true } } as const;

/** A handler of a rule that takes its configuration from the proxy, never from the rule. */
export interface Handler<Name extends string> {
  readonly handler: Name;
}

/** A handler with a part that differs by service; the rest of its configuration is the proxy's. */
interface ConfiguredHandler<Name extends string, Config> extends Handler<Name> {
  readonly config: Config;
}

export type Authenticator =
  | Handler<"cookie_session" | "unauthorized" | "noop">
  | ConfiguredHandler<"bearer_token", { readonly check_session_url: string }>
  | ConfiguredHandler<
      "jwt",
      {
        readonly trusted_issuers: readonly [string];
        readonly target_audience: readonly [string];
        readonly jwks_urls: readonly [string];
      }
    >;
export type Authorizer =
  Handler<"allow" | "deny"> | ConfiguredHandler<"remote_json", { readonly remote: string }>;
export type Mutator =
  | Handler<"header" | "cookie" | "id_token" | "noop">
  | ConfiguredHandler<"header", { readonly headers: UpstreamHeaders }>
  | ConfiguredHandler<"noop", WrittenOptions>;

/** `spec` of the custom resource `Rule`. */
export interface RuleSpec {
  readonly match: { readonly url: string; readonly methods: Method[] };
  readonly upstream: { readonly url: string; readonly preserveHost: boolean; readonly stripPath?: string };
  readonly authenticators: Authenticator[];
  readonly authorizer: Authorizer;
  readonly mutators: Mutator[];
}
