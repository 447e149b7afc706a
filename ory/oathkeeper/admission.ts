import { authorizeUrlPrefix, claimsParameter } from "../nginx/authorize";
import {
  issuerKeysLocation,
  issuerKeysPrefix,
  serviceAccountKeysUrl,
  serviceAccountsName,
} from "../nginx/issuerKeys";
import { publicPathsUrlPrefix } from "../nginx/publicPaths";
import { queryEscape } from "../nginx/requiredClaims";
import { enabledHandlers } from "./config";
import { reservedHeaders, templateStart } from "./headers";
import { authority, reservedLabels, type Domain } from "./hosts";
import { multiTenantIssuers } from "./multiTenantIssuers";
import type { Scheme } from "./patterns";
import { sentinelRule } from "./sentinel";

/**
 * Annotation of a namespace that names the hosts its Rules may claim, separated by commas: `grafana.apps.example.com`,
 * or `*.team-a.apps.example.com` for all below. Who may write namespaces hands out hosts.
 */
export const hostsAnnotation = "portcullis-hosts";

/** Whether a namespace whose annotation has this value owns a host; the admission policy says the same. */
export function ownsHost(annotation: string, host: string): boolean {
  return annotation
    .split(",")
    .map((name) => name.trim())
    .some((name) => name === host || (name.startsWith("*.") && host.endsWith(name.slice(1))));
}

export interface AdmissionInput {
  readonly scheme: Scheme;
  readonly domain: Domain;
  /** The gateway's namespace, whose Rules may claim any host. */
  readonly namespace: string;
}

/** `spec` of a ValidatingAdmissionPolicy, as far as it is used here. */
export interface AdmissionPolicySpec {
  readonly failurePolicy: "Fail";
  readonly matchConstraints: { readonly resourceRules: Record<string, string[]>[] };
  readonly matchConditions: NamedExpression[];
  readonly variables: NamedExpression[];
  readonly validations: { readonly expression: string; readonly message: string }[];
}

interface NamedExpression {
  readonly name: string;
  readonly expression: string;
}

/**
 * What the API server lets into the proxy's rules, whoever writes them: one Rule that does not compile or claims another
 * team's host takes that host down, or all of them. Rules are checked when they are made or their `spec` changes, so
 * that the operator can always take its finalizer off.
 *
 * Rules of the gateway's own namespace need only literal hosts and the header mutator: a preview of another domain, or of
 * a release with more handlers, is still judged by the policy of before. Whoever may write there owns the gateway anyway.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
 */
export function ruleAdmission({ scheme, domain, namespace }: AdmissionInput): AdmissionPolicySpec {
  const ofDomain = anchored(scheme, `${labels}${escaped(authority(domain.name, domain))}`);
  const ofAnyDomain = anchored("https?", `${labels}[a-z][a-z0-9-]*(:[0-9]+)?`);
  const reserved = reservedLabels.map((label) => `${label}.${domain.name}`);
  return {
    failurePolicy: "Fail",
    matchConstraints: {
      resourceRules: [
        {
          apiGroups: ["oathkeeper.ory.sh"],
          apiVersions: ["v1alpha1"],
          operations: ["CREATE", "UPDATE"],
          resources: ["rules"],
        },
      ],
    },
    matchConditions: [
      { name: "changed", expression: "oldObject == null || object.spec != oldObject.spec" },
      { name: "not-the-sentinel", expression: `object.spec.match.url != ${text(sentinelRule.match.url)}` },
    ],
    variables: [
      { name: "url", expression: "object.spec.match.url" },
      { name: "ofGateway", expression: `object.metadata.namespace == ${text(namespace)}` },
      {
        name: "anchored",
        expression: `variables.url.matches(variables.ofGateway ? ${text(ofAnyDomain)} : ${text(ofDomain)})`,
      },
      {
        name: "hosts",
        expression:
          "variables.anchored ? variables.url.split('/')[2].replace('<{', '').replace('}>', '').split(',')" +
          ".map(authority, authority.split(':')[0]) : []",
      },
      {
        name: "owned",
        expression:
          `has(namespaceObject.metadata.annotations) && ${text(hostsAnnotation)} in namespaceObject.metadata.annotations` +
          ` ? namespaceObject.metadata.annotations[${text(hostsAnnotation)}].split(',').map(name, name.trim()) : []`,
      },
      {
        name: "ownService",
        expression: "'^https?://[a-z0-9-]+[.]' + object.metadata.namespace + '[.]svc(:[0-9]+)?(/.*)?$'",
      },
      {
        name: "keys",
        expression: `${text(`^${escaped(issuerKeysPrefix)}(${escaped(serviceAccountsName)}|https/${issuerKeysLocation.https}|http/`)} + ${text(issuerKeysLocation.http("NAMESPACE"))}.replace('NAMESPACE', object.metadata.namespace) + ')$'`,
      },
    ],
    validations: [
      {
        expression: "variables.anchored",
        message: `match.url must begin with literal hosts of the gateway's domain: ${scheme}://service.${authority(domain.name, domain)}/<**>.`,
      },
      {
        expression:
          "variables.ofGateway || variables.hosts.all(host, variables.owned.exists(name, name == host ||" +
          " (name.startsWith('*.') && host.endsWith(name.substring(1)))))",
        message: `The namespace does not own this host: ask who administers it for the annotation ${hostsAnnotation}.`,
      },
      {
        expression: `variables.ofGateway || variables.hosts.all(host, !(host in ${list(reserved)}))`,
        message: `${reserved.join(" and ")} are the gateway's own.`,
      },
      {
        expression: `variables.ofGateway || object.spec.match.url.matches(${text(plainPath)})`,
        message:
          "match.url may have a plain path and end in <**>: one that does not compile takes every host down.",
      },
      {
        expression: `variables.ofGateway || has(object.spec.authenticators) && size(object.spec.authenticators) > 0 && object.spec.authenticators.all(one, one.handler in ${list(enabledHandlers.authenticators)})`,
        message: `authenticators must be one or more of ${enabledHandlers.authenticators.join(", ")}.`,
      },
      {
        expression: `variables.ofGateway || has(object.spec.authorizer) && object.spec.authorizer.handler in ${list(enabledHandlers.authorizers)}`,
        message: `authorizer must be one of ${enabledHandlers.authorizers.join(", ")}.`,
      },
      {
        expression: `has(object.spec.mutators) && object.spec.mutators.exists(one, one.handler == 'header') && (variables.ofGateway || object.spec.mutators.all(one, one.handler in ${list(enabledHandlers.mutators)}))`,
        message:
          "mutators must contain header: without it the upstream believes identity headers of anybody.",
      },
      {
        expression:
          "variables.ofGateway || has(object.spec.mutators) && object.spec.mutators.exists(one, one.handler == 'cookie')" +
          ` && object.spec.mutators.all(one, !has(one.config) || one.handler == 'header' && ${plainHeaders}) && !has(object.spec.errors)`,
        message:
          `mutators must contain cookie, header takes plain headers that are not the gateway's, without ${templateStart}, and nothing else is configured:` +
          " an upstream that gets a session can use it on every other service.",
      },
      {
        expression:
          "variables.ofGateway || object.spec.authenticators.all(one, one.handler in ['bearer_token', 'jwt'] || !has(one.config))",
        message:
          "cookie_session takes no configuration of its own: the gateway alone says who checks sessions.",
      },
      {
        expression:
          "variables.ofGateway || object.spec.authenticators.all(one, one.handler != 'bearer_token' ||" +
          ` ${only("one", ["check_session_url"])} && one.config.check_session_url.matches(${text(publicPaths)}) &&` +
          " object.spec.authorizer.handler == 'remote_json')",
        message: `bearer_token takes check_session_url alone, ${publicPathsUrlPrefix}exact=/healthz, and the authorizer remote_json with it.`,
      },
      {
        expression:
          "variables.ofGateway || object.spec.authenticators.all(one, one.handler != 'jwt' ||" +
          ` ${only("one", jwtSettings)} && ${jwtSettings.map((name) => `size(one.config.${name}) == 1`).join(" && ")} &&` +
          " one.config.trusted_issuers.all(issuer, issuer.matches('^[!-{}~]+$')) &&" +
          " one.config.jwks_urls.all(url, url.matches(variables.keys)))",
        message: `jwt takes ${jwtSettings.join(", ")}, one of each, with keys that the proxy asks for through its cache: ${issuerKeysPrefix}https/ci.example.com/keys, or ${issuerKeysPrefix}http/ and a Service of the Rule's own namespace.`,
      },
      ...tokenAdmission,
      {
        expression:
          "variables.ofGateway || (object.spec.authorizer.handler == 'remote_json' ?" +
          ` ${only("object.spec.authorizer", ["remote"])} && object.spec.authorizer.config.remote.matches(${text(authorize)}) :` +
          " !has(object.spec.authorizer.config))",
        message: `remote_json takes remote alone, ${authorizeUrlPrefix}emails=alice%40example.com&domains=example.com; other authorizers take nothing.`,
      },
      {
        expression:
          "variables.ofGateway || has(object.spec.upstream) && object.spec.upstream.url.matches(variables.ownService)",
        message:
          "upstream.url must be a Service of the Rule's own namespace, for example http://grafana.team-a.svc:3000.",
      },
    ],
  };
}

const labels = "([a-z0-9]([a-z0-9-]*[a-z0-9])?[.])+";

/** Patterns with a fixed host, or a fixed list of them, and whatever path. */
function anchored(scheme: string, host: string): string {
  return `^${scheme}://(${host}|<[{]${host}(,${host})*[}]>)/`;
}

/** After its hosts a pattern is literal, but for what {@link urlPattern} ends it with. */
const plainPath = "^[^/]*//[^/]*/[A-Za-z0-9._~@:+=/-]*(<[*][*]>)?$";
const requiredClaim = "[A-Za-z0-9._~%+/-]+([=:][A-Za-z0-9._~%+-]+)+;";
const authorize = `^${escaped(authorizeUrlPrefix).replace("?", "[?]")}[A-Za-z0-9._~%,=&-]+(${claimsParameter}(${requiredClaim})+)?$`;
const publicPaths = `^${escaped(publicPathsUrlPrefix).replace("?", "[?]")}[A-Za-z0-9._~@:+=,/&-]+$`;
const jwtSettings = ["trusted_issuers", "target_audience", "jwks_urls"];

/** That a rule with tokens asks for their claims, and for one that tells whose token it is where its issuer signs for many. */
const tokenAdmission = [
  {
    expression: `variables.ofGateway || ${ofTokens(`object.spec.authorizer.handler == 'remote_json' && has(object.spec.authorizer.config) && has(object.spec.authorizer.config.remote) && object.spec.authorizer.config.remote.contains(${text(`${claimsParameter}iss=`)})`)}`,
    message: `jwt needs the authorizer remote_json, whose remote ends in what the token must say: ${authorizeUrlPrefix}everybody=1${claimsParameter}iss=https%3A%2F%2Fci.example.com;`,
  },
  {
    expression: `variables.ofGateway || ${ofTokens(`!(${text(serviceAccountKeysUrl)} in one.config.jwks_urls) || ${requires(["sub"])}`)}`,
    message: "The cluster signs tokens for every pod: remote must require sub.",
  },
  ...multiTenantIssuers.map(({ name, issuers, claims }) => ({
    expression: `variables.ofGateway || ${ofTokens(`!one.config.trusted_issuers.exists(issuer, issuer in ${list(issuers)}) || ${requires(claims)}`)}`,
    message: `${name} signs tokens for every customer: remote must require one of ${claims.join(", ")}.`,
  })),
];

/** That the authorizer is asked for one of the claims. */
function requires(claims: readonly string[]): string {
  const pattern = `${claimsParameter}([^&]*;)?(${claims.map(claimPattern).join("|")})=[^&]*$`;
  return `object.spec.authorizer.config.remote.matches(${text(pattern)})`;
}

function ofTokens(condition: string): string {
  return `object.spec.authenticators.all(one, one.handler != 'jwt' || ${condition})`;
}

function claimPattern(name: string): string {
  return escaped(queryEscape(name));
}

/** That a mutator only adds headers, whose values are no templates: those can read the session. */
const plainHeaders =
  `${only("one", ["headers"])} && one.config.headers.all(name, name.matches(${text("^[A-Za-z][A-Za-z0-9_-]*$")}) &&` +
  ` !(name.lowerAscii().replace('_', '-') in ${list(reservedHeaders)}) && !one.config.headers[name].contains(${text(templateStart)}))`;

/** That a handler's configuration has these settings and no other. */
function only(handler: string, settings: readonly string[]): string {
  const present = settings.map((name) => `has(${handler}.config.${name})`);
  return [
    `has(${handler}.config)`,
    ...present,
    `${handler}.config.all(name, name in ${list(settings)})`,
  ].join(" && ");
}

/** A string literal of the Common Expression Language. */
function text(value: string): string {
  return JSON.stringify(value);
}

function list(values: readonly string[]): string {
  return JSON.stringify(values);
}

function escaped(name: string): string {
  return name.replaceAll(".", "[.]");
}
