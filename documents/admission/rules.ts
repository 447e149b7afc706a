import { authorizeUrlPrefix, claimsParameter } from "../rules/authorize";
import { publicPathsUrlPrefix } from "../rules/publicPaths";
import { maxMethod, maxPath, routeForms } from "../rules/routeForms";
import { maxOptionLength, optionPatterns, type GrantedMeans } from "../rules/upstreamOptions";
import { enabledHandlers } from "../oathkeeper/config";
import { reservedHeaders, templateStart } from "../oathkeeper/headers";
import { authority, type Domain } from "../oathkeeper/hosts";
import type { Scheme } from "../oathkeeper/patterns";
import { maxDnsName } from "../shared/dnsNames";
import { escaped, list, only, text } from "./cel";
import { hostsAnnotation, isAmong, ownedHosts, reservedHosts } from "./hosts";
import { admissionPolicy, changes, spec, trusted, type AdmissionPolicySpec, type Validation } from "./policy";
import { cachedKeys, tokenValidations } from "./tokens";

export interface RuleAdmissionInput {
  readonly scheme: Scheme;
  readonly domain: Domain;
  /** The gateway's namespace, whose Rules may claim any host. */
  readonly namespace: string;
  /** Name of the rule operator's sentinel in that namespace. It is not checked, because no request can match it. */
  readonly sentinel: string;
  /**
   * What Rules may name for connections to their upstreams.
   * @default nothing
   */
  readonly granted?: GrantedMeans;
}

/**
 * Which Rules the API server accepts, whoever writes them: one Rule that does not compile or claims another team's host
 * takes that host down, or all hosts. Rules are checked when they are created or their `spec` changes, so that the operator
 * can always remove its finalizer.
 *
 * Rules of the gateway's own namespace need only literal hosts and the header mutator: a preview of another domain, or of a
 * release with more handlers, is still checked by the policy from before. Anybody who may write there owns the gateway
 * anyway.
 */
export function ruleAdmission(input: RuleAdmissionInput): AdmissionPolicySpec {
  const { granted = nothing, namespace, sentinel } = input;
  return admissionPolicy({
    namespace,
    resources: { "oathkeeper.ory.sh": ["rules"] },
    conditions: {
      changed: changes("spec"),
      "not-the-sentinel": `request.namespace != ${text(namespace)} || object.metadata.name != ${text(sentinel)}`,
    },
    variables: {
      spec: "dyn(object.spec)",
      url: "object.spec.match.url",
      anchored: isAnchored(input),
      hosts:
        "variables.anchored ? variables.url.split('/')[2].replace('<{', '').replace('}>', '').split(',')" +
        ".map(authority, authority.split(':')[0]) : []",
      owned: ownedHosts,
      keys: cachedKeys,
      ownService: `'${aroundNamespace.join("' + request.namespace + '")}'`,
    },
    everywhere: [literalHosts(input), ownList(), headerMutator()],
    elsewhere: [
      ownedHost(),
      notReserved(input.domain),
      plainUrl(),
      knownAuthenticators(),
      knownAuthorizer(),
      knownMutators(),
      noSessionUpstream(),
      plainOptions(),
      grantedMeans(granted),
      noOwnSessionCheck(),
      publicPathsOnly(),
      ...tokenValidations(),
      authorizeOnly(),
      ownUpstream(),
      readableLengths(),
    ],
  });
}

function isAnchored({ scheme, domain }: RuleAdmissionInput): string {
  const ofDomain = anchored(scheme, `(${labels})?`, escaped(authority(domain.name, domain)));
  const ofAnyDomain = anchored("https?", labels, "[a-z][a-z0-9-]*(:[0-9]+)?");
  return `variables.url.matches(${trusted} ? ${text(ofAnyDomain)} : ${text(ofDomain)})`;
}

const labels = "([a-z0-9]([a-z0-9-]*[a-z0-9])?[.])+";

/**
 * Patterns with one literal host, or a literal list of hosts and of wildcards for one label, and any path.
 * @param before what may stand before the domain
 */
function anchored(scheme: string, before: string, domain: string): string {
  const listed = `([*][.]${labels}|${before})${domain}`;
  return `^${scheme}://(${before}${domain}|<[{]${listed}(,${listed})*[}]>)/`;
}

function literalHosts({ scheme, domain }: RuleAdmissionInput): Validation {
  return {
    expression: "variables.anchored",
    message: `match.url must begin with literal hosts of the gateway's domain, or with wildcards below one: ${scheme}://service.${authority(domain.name, domain)}/<**>.`,
  };
}

/** If a Rule has a ConfigMap of its own, Maester writes it in place of everybody's Rules. */
function ownList(): Validation {
  return {
    expression: `!has(${spec}.configMapName)`,
    message: "configMapName makes the rule operator forget every other Rule: leave it out.",
  };
}

function headerMutator(): Validation {
  return {
    expression: "has(object.spec.mutators) && object.spec.mutators.exists(one, one.handler == 'header')",
    message: "mutators must contain header: without it the upstream trusts anybody's identity headers.",
  };
}

function ownedHost(): Validation {
  return {
    expression: `variables.hosts.all(host, ${isAmong("variables.owned", "host")})`,
    message: `The namespace does not own this host: ask its administrator for the annotation ${hostsAnnotation}.`,
  };
}

function notReserved(domain: Domain): Validation {
  const reserved = reservedHosts(domain);
  return {
    expression: `variables.hosts.all(host, !(host in ${list(reserved)}))`,
    message: `${reserved.join(" and ")} are the gateway's own.`,
  };
}

const plainPath = "[A-Za-z0-9._~@:+=/-]";
const pathForm = `${plainPath}+([*][*])?`;

/** After its hosts, a pattern is literal, except for the endings of {@link urlPattern}. */
function plainUrl(): Validation {
  return {
    expression: `variables.url.matches(${text(`^[^/]*//[^/]*/(${plainPath}*(<[*][*]>)?|<[{]${pathForm}(,${pathForm})*[}]>)$`)})`,
    message:
      "match.url may have a plain path and end in <**>, or in paths as <{a,a/**}>: one that does not compile takes every host down.",
  };
}

function knownAuthenticators(): Validation {
  const known = enabledHandlers.authenticators;
  return {
    expression: `has(object.spec.authenticators) && size(object.spec.authenticators) > 0 && object.spec.authenticators.all(one, one.handler in ${list(known)})`,
    message: `authenticators must be one or more of ${known.join(", ")}.`,
  };
}

function knownAuthorizer(): Validation {
  const known = enabledHandlers.authorizers;
  return {
    expression: `has(object.spec.authorizer) && object.spec.authorizer.handler in ${list(known)}`,
    message: `authorizer must be one of ${known.join(", ")}.`,
  };
}

function knownMutators(): Validation {
  const known = enabledHandlers.mutators;
  return {
    expression: `has(object.spec.mutators) && object.spec.mutators.all(one, one.handler in ${list(known)})`,
    message: `mutators must be of ${known.join(", ")}.`,
  };
}

function noSessionUpstream(): Validation {
  return {
    expression:
      "has(object.spec.mutators) && object.spec.mutators.exists(one, one.handler == 'cookie')" +
      ` && object.spec.mutators.all(one, !has(one.config) || one.handler == 'noop' || one.handler == 'header' && ${plainHeaders}) && !has(object.spec.errors)`,
    message:
      `mutators must contain cookie, header takes up to ${routeForms.maxHeaders} plain headers that are not the gateway's, without ${templateStart} and with names of up to ${routeForms.maxHeaderName} characters, and nothing else but noop is configured:` +
      " an upstream that gets a session can use it on every other service.",
  };
}

const nothing: GrantedMeans = { authorities: [], clientCertificates: {}, credentials: {} };

function plainOptions(): Validation {
  const patterns = JSON.stringify(optionPatterns);
  return {
    expression: ofOptions(
      `one.config.all(name, name in ${patterns} && one.config[name].matches(${patterns}[name]))`,
    ),
    message: `noop says how the upstream is asked, each as a text of its form: ${Object.keys(optionPatterns).join(", ")}.`,
  };
}

function grantedMeans({ authorities, clientCertificates, credentials }: GrantedMeans): Validation {
  const ofCredentials = Object.entries(credentials).map(([name, { namespaces }]) => [name, namespaces]);
  const mine = (means: Readonly<Record<string, readonly string[]>>) =>
    `request.namespace in ${JSON.stringify(means)}[?VALUE].orValue([])`;
  const allowed = {
    tlsAuthorities: `VALUE in ${list(authorities)}`,
    tlsClientCertificate: mine(clientCertificates),
    credentialsName: mine(Object.fromEntries(ofCredentials) as Record<string, readonly string[]>),
  };
  const conditions = Object.entries(allowed).map(
    ([name, condition]) =>
      `(!has(one.config.${name}) || ${condition.replace("VALUE", `one.config.${name}`)})`,
  );
  return {
    expression: ofOptions(conditions.join(" && ")),
    message:
      "noop names something that the gateway does not have for this namespace: ask the gateway's administrator for an entry in its upstreams.",
  };
}

function ofOptions(condition: string): string {
  return `object.spec.mutators.all(one, one.handler != 'noop' || !has(one.config) || ${condition})`;
}

function noOwnSessionCheck(): Validation {
  return {
    expression:
      "object.spec.authenticators.all(one, one.handler in ['bearer_token', 'jwt'] || !has(one.config))",
    message: "cookie_session takes no configuration of its own: only the gateway says who checks sessions.",
  };
}

function publicPathsOnly(): Validation {
  return {
    expression:
      "object.spec.authenticators.all(one, one.handler != 'bearer_token' ||" +
      ` ${only("one", ["check_session_url"])} && one.config.check_session_url.matches(${text(publicPaths)}) &&` +
      " object.spec.authorizer.handler == 'remote_json')",
    message: `bearer_token takes only check_session_url, ${publicPathsUrlPrefix}exact=/healthz, and the authorizer remote_json with it.`,
  };
}

function authorizeOnly(): Validation {
  return {
    expression:
      "object.spec.authorizer.handler == 'remote_json' ?" +
      ` ${only("object.spec.authorizer", ["remote"])} && object.spec.authorizer.config.remote.matches(${text(authorize)}) :` +
      " !has(object.spec.authorizer.config)",
    message: `remote_json takes only remote, ${authorizeUrlPrefix}emails=alice%40example.com&domains=example.com; other authorizers take nothing.`,
  };
}

/** The pattern of a Service's URL, before and after its namespace. */
const aroundNamespace = ["^https?://[a-z0-9-]+[.]", "[.]svc(:[0-9]+)?(/[A-Za-z0-9._~@:+=%-]+)*/?$"] as const;

/** Whether a Rule of the namespace may lead to a URL: {@link ruleAdmission} checks the same. */
export function isOwnService(namespace: string, url: string): boolean {
  return new RegExp(aroundNamespace.join(namespace)).test(url);
}

function ownUpstream(): Validation {
  return {
    expression: "has(object.spec.upstream) && object.spec.upstream.url.matches(variables.ownService)",
    message:
      "upstream.url must be a Service of the Rule's own namespace, with a plain path or none, for example http://grafana.team-a.svc:3000/app.",
  };
}

/** The script that makes the routes leaves out a Rule that is longer; here its author learns why. */
function readableLengths(): Validation {
  return {
    expression:
      `object.spec.match.methods.all(method, method.matches(${text(routeForms.method)}))` +
      ` && size(object.spec.match.methods) * size(variables.hosts) <= ${routeForms.maxKeys}` +
      ` && variables.hosts.all(host, size(host) <= ${maxDnsName})` +
      ` && size(${spec}.?upstream.?stripPath.orValue('')) <= ${maxPath}` +
      ` && ${ofOptions(`one.config.all(name, size(one.config[name]) <= ${maxOptionLength})`)}`,
    message: `methods are of up to ${maxMethod} capital letters, methods times hosts at most ${routeForms.maxKeys}, hosts of at most ${maxDnsName} characters, upstream.stripPath of ${maxPath} and the options of noop of ${maxOptionLength}: nginx has no room for more.`,
  };
}

const requiredClaim = "[A-Za-z0-9._~%+/-]+([=:][A-Za-z0-9._~%+-]+)+;";
const authorize = `^${escaped(authorizeUrlPrefix).replace("?", "[?]")}[A-Za-z0-9._~%,=&+-]+(${claimsParameter}(${requiredClaim})+)?$`;
const publicPaths = `^${escaped(publicPathsUrlPrefix).replace("?", "[?]")}[A-Za-z0-9._~@:+=,/&-]+$`;

/** A mutator only adds headers, and their values are not templates: those can read the session. */
const plainHeaders =
  `${only("one", ["headers"])} && size(one.config.headers) <= ${routeForms.maxHeaders} && one.config.headers.all(name, name.matches(${text(`^[A-Za-z][A-Za-z0-9_-]{0,${routeForms.maxHeaderName - 1}}$`)}) &&` +
  ` !(name.lowerAscii().replace('_', '-') in ${list(reservedHeaders)}) && !one.config.headers[name].contains(${text(templateStart)}))`;
