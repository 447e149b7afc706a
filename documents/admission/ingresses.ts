import type { Domain } from "../oathkeeper/hosts";
import { annotatedPolicy } from "./annotatedPolicy";
import { text } from "./cel";
import { isAmong, meetsDomain, normalizedHosts, unprotectedIn, type UnprotectedHost } from "./hosts";
import { aliasAnnotations, annotationValidations } from "./ingressAnnotations";
import { spec, type AdmissionPolicySpec, type Validation } from "./policy";

/** What a policy for routes needs to know about the gateway. */
export interface RouteAdmissionInput {
  readonly domain: Domain;
  /** The gateway's namespace, whose routes may lead anywhere. */
  readonly namespace: string;
  /** Names of the proxy's Services in that namespace. */
  readonly proxyServices: readonly string[];
  /** Hosts of the domain that other namespaces may route elsewhere. */
  readonly unprotectedHosts: readonly UnprotectedHost[];
}

/**
 * Which Ingresses the API server accepts: an Ingress leads only to Services of its own namespace, and so to the proxy only
 * from the gateway's namespace. A route for one path of a protected host gets every visitor's session cookie.
 * @see https://kubernetes.io/docs/concepts/services-networking/ingress/
 */
export function ingressAdmission({
  domain,
  namespace,
  unprotectedHosts,
}: RouteAdmissionInput): AdmissionPolicySpec {
  return annotatedPolicy({
    namespace,
    resources: { "networking.k8s.io": ["ingresses"] },
    variables: {
      rules: `${spec}.?rules.orValue([])`,
      unprotected: unprotectedIn(unprotectedHosts),
      hosts: normalizedHosts("variables.rules.map(rule, string(rule.?host.orValue('')))"),
      kept: keptHosts("variables.hosts", domain),
      aliases: normalizedHosts(aliasAnnotations),
    },
    ofSpec: [namesHosts(), noDefaultBackend(), leavesHosts(domain), plainPaths()],
    ofAnnotations: annotationValidations(domain),
  });
}

/** CEL: those of the hosts that must not lead elsewhere than to the proxy. */
export function keptHosts(hosts: string, domain: Domain): string {
  return `${hosts}.filter(host, ${meetsDomain("host", domain)} && !${isAmong("variables.unprotected", "host")})`;
}

/** Says which hosts of a route its namespace may not route elsewhere. */
export function leavesHosts({ name }: Domain): Validation {
  const reason = `leads hosts of ${name} elsewhere than to the gateway's login. Ask the gateway's administrator to add them to its list unprotectedHosts`;
  return {
    expression: "variables.kept.all(host, host == '')",
    message: `This ${reason}.`,
    messageExpression: `${text(`This ${reason}: `)} + variables.kept.join(', ')`,
  };
}

/** Requires that a route names its hosts. */
export function namesHosts(): Validation {
  return {
    expression: "variables.hosts.all(host, host != '')",
    message: "A route without a host gets requests for every host, the gateway's too: name the host.",
  };
}

function noDefaultBackend(): Validation {
  return {
    expression: `!has(${spec}.defaultBackend)`,
    message: "defaultBackend gets requests for every host, the gateway's too: write rules with hosts.",
  };
}

/** Controllers insert a path into a rule or a file of their own language, where a quote ends it. */
function plainPaths(): Validation {
  return {
    expression: `variables.rules.all(rule, rule.?http.?paths.orValue([]).all(one, !string(one.?path.orValue('')).matches(${text('[`"\\s]')})))`,
    message: "A path may have no quotes, backticks or white space.",
  };
}
