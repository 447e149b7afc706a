import { authorizeUrl } from "../rules/authorize";
import { publicPathsUrl, type PublicPathLists } from "../rules/publicPaths";
import { writtenOptions, type UpstreamOptions, type UpstreamProtocol } from "../rules/upstreamOptions";
import type { NonEmpty } from "../shared/nonEmpty";
import type { Partly } from "../shared/partly";
import { ofKnown, within, type Path, type Problem } from "../shared/problem";
import { accessProblems, comparedAccess, type Access } from "./access";
import { bearerTokensProblems, tokenRule, type BearerTokens, type TokenRule } from "./bearerTokens";
import { headersProblems, headersRevision, headerTemplates, type UpstreamHeaders } from "./headers";
import type { Domain } from "./hosts";
import { urlPattern, type Scheme } from "./patterns";
import { portalProblems, portalQuery, type PortalEntry } from "./portal";
import { groupByMethods, publicPathProblems, type MethodGroup, type PublicPath } from "./publicPaths";
import { usualMethods, type Authenticator, type Method, type Mutator, type RuleSpec } from "./ruleSpec";
import { servicePathsProblems, type ServicePaths } from "./servicePaths";
import { signedIdentityProblems, type IdentityForm } from "./signedIdentity";

/** Who may send which requests to a service, and what the service learns about them. */
export interface AccessPolicy extends ServicePaths {
  /**
   * Methods that are let through; any other is answered with 404.
   * @default GET, HEAD, POST, PUT, PATCH, DELETE and OPTIONS
   */
  readonly methods?: NonEmpty<Method>;
  /**
   * Which of the people who may sign in may use the service, by verified address. Anybody else gets 403.
   * @default everybody who may sign in
   */
  readonly access?: Access;
  /**
   * Parts that need no session, such as a health check. The upstream receives no identity there.
   * @default none
   */
  readonly publicPaths?: readonly PublicPath[];
  /**
   * Programs that may use the service with a bearer token, whatever `access` says: a token proves no address. The
   * upstream receives `machine:<issuer>|<sub>` as their id.
   * @default nobody
   */
  readonly machines?: BearerTokens;
  /**
   * How the upstream learns who makes the request: from the identity headers, or also from
   * `Authorization: Bearer <JWT>`, signed by the gateway, with the service's own address as its audience.
   * @default "headers"
   */
  readonly identity?: IdentityForm;
  /**
   * Further headers for the upstream, the same on every request, also to public paths: `{ "X-Scope-OrgID": "team-a" }`.
   * What the client sent under these names is removed. Put no secrets in them: anybody who may read Rules can read
   * them.
   * @default none
   */
  readonly headers?: UpstreamHeaders;
  /**
   * How the service is shown on the login UI's start page, to people who may open it; `hidden` if it is not a page for
   * people.
   * @default by its host; a gRPC service is hidden
   */
  readonly portal?: PortalEntry | "hidden";
}

/** Checks who may send which requests; `path` names a property of the service. */
export function accessPolicyProblems(path: Path, policy: Partly<AccessPolicy>): Problem[] {
  const { methods = usualMethods, access, publicPaths, machines, identity, headers, portal } = policy;
  return [
    ...(methods.length === 0 ? [noMethod(path("methods"))] : []),
    ...servicePathsProblems(path, policy),
    ...ofKnown(access, (known) => accessProblems(path("access"), known)),
    ...ofKnown(publicPaths, (known) => publicPathProblems(path("publicPaths"), known, methods)),
    ...ofKnown(machines, (known) => bearerTokensProblems(path("machines"), known)),
    ...signedIdentityProblems(path("identity"), identity, publicPaths),
    ...ofKnown(headers, (known) => headersProblems(path("headers"), known)),
    ...ofKnown(portal, (known) => portalProblems(within(path, "portal"), known)),
  ];
}

function noMethod(path: string): Problem {
  return {
    path,
    value: "[]",
    reason: "names no method, so every request would be answered 404",
    fix: "Name one, or leave it out for all.",
  };
}

/** Checked by {@link accessPolicyProblems}. */
export interface AccessRuleInput extends AccessPolicy {
  readonly scheme: Scheme;
  readonly domain: Domain;
  /** Hosts inside the domain, already checked by `hostProblems`. */
  readonly hosts: NonEmpty<string>;
  /**
   * Whether the upstream sees the host the browser asked for instead of its own.
   * @default true
   */
  readonly preserveHost?: boolean;
  /**
   * How the proxy asks the upstream.
   * @default the defaults of {@link UpstreamOptions}
   */
  readonly upstreamOptions?: UpstreamOptions & UpstreamProtocol;
  /** The gateway's issuer, for service accounts as `machines`. */
  readonly serviceAccountIssuer?: string | undefined;
}

/** A rule that lacks only its upstream. */
export interface AccessRule {
  /** Distinguishes the rule from the service's other rules; empty for the first. */
  readonly suffix: string;
  /** An additional suffix of its name: `headersRevision`. */
  readonly revision: string;
  readonly match: RuleSpec["match"];
  /** @param upstreamUrl already checked by `upstreamProblems` */
  readonly withUpstream: (upstreamUrl: string) => RuleSpec;
}

/**
 * The rules of a protected service: they require a session, and pass on the identity headers instead of the session cookie.
 * There is one rule for each group of methods with the same public paths, so that exactly one matches a request.
 */
export function accessRules(input: AccessRuleInput): NonEmpty<AccessRule> {
  const [first, ...others] = groupByMethods(input.publicPaths ?? [], input.methods ?? usualMethods);
  const revision = headersRevision(input.headers ?? {});
  const url = urlPattern(input.scheme, input.hosts, input.domain, input.paths);
  const named = (suffix: string, { methods, paths }: MethodGroup): AccessRule => {
    const match = { url, methods: [...methods] };
    return {
      suffix,
      revision,
      match,
      withUpstream: (upstreamUrl) => accessRule(input, match, paths, upstreamUrl),
    };
  };
  return [
    named("", first),
    ...others.map((group) => named(`-${group.methods.join("-").toLowerCase()}`, group)),
  ];
}

function accessRule(
  input: AccessRuleInput,
  match: RuleSpec["match"],
  paths: PublicPathLists,
  upstreamUrl: string,
): RuleSpec {
  const { access } = input;
  const machines = input.machines && tokenRule(input.machines, input.serviceAccountIssuer);
  const hasPublic = paths.exact.length + paths.prefix.length > 0;
  const remote = authorizeUrl(access && comparedAccess(access), machines?.claims, portalQuery(input.portal));
  const options = writtenOptions(input.upstreamOptions ?? {});
  return {
    match,
    upstream: {
      url: upstreamUrl,
      preserveHost: input.preserveHost ?? true,
      ...(input.stripPath === true && input.paths && { stripPath: input.paths[0] }),
    },
    authenticators: [
      ...(machines ? [bearerOf(machines)] : []),
      hasPublic
        ? { handler: "bearer_token", config: { check_session_url: publicPathsUrl(paths) } }
        : { handler: "cookie_session" },
    ],
    authorizer:
      access || hasPublic || machines || input.portal
        ? { handler: "remote_json", config: { remote } }
        : { handler: "allow" },
    mutators: [
      headerMutator(input.headers ?? {}),
      { handler: "cookie" },
      ...(input.identity === "signedJwt" ? [{ handler: "id_token" } as const] : []),
      ...(options ? [{ handler: "noop", config: options } as const] : []),
    ],
  };
}

/** The proxy adds a rule's headers to those of its own configuration. */
function headerMutator(headers: UpstreamHeaders): Mutator {
  if (Object.keys(headers).length === 0) return { handler: "header" };
  return { handler: "header", config: { headers: headerTemplates(headers) } };
}

function bearerOf({ issuer, audience, keysUrl }: TokenRule): Authenticator {
  return {
    handler: "jwt",
    config: { trusted_issuers: [issuer], target_audience: [audience], jwks_urls: [keysUrl] },
  };
}
