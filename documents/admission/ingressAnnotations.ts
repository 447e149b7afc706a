import type { Domain } from "../oathkeeper/hosts";
import { list, text } from "./cel";
import { isAmong, meetsDomain } from "./hosts";
import { noOwnLanguage } from "./ownLanguage";
import type { Validation } from "./policy";

/**
 * Annotations that list further hosts of an Ingress, separated by commas.
 * @see https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/#server-alias
 * @see https://haproxy-ingress.github.io/docs/configuration/keys/#server-alias
 * @see https://haproxy-ingress.github.io/docs/configuration/keys/#redirect
 * @see https://learn.microsoft.com/en-us/azure/application-gateway/ingress-controller-annotations
 * @see https://developer.konghq.com/kubernetes-ingress-controller/reference/annotations/
 * @see https://kubernetes-sigs.github.io/external-dns/latest/docs/annotations/annotations/
 */
export const hostAliases = [
  "nginx.ingress.kubernetes.io/server-alias",
  "haproxy-ingress.github.io/server-alias",
  "ingress.kubernetes.io/server-alias",
  "haproxy-ingress.github.io/redirect-from",
  "ingress.kubernetes.io/redirect-from",
  "appgw.ingress.kubernetes.io/hostname-extension",
  "konghq.com/host-aliases",
  "external-dns.alpha.kubernetes.io/hostname",
  "external-dns.alpha.kubernetes.io/internal-hostname",
] as const;

/** Its value is inserted unquoted into the rule that Traefik makes from a path. */
const pathMatcher = "traefik.ingress.kubernetes.io/router.pathmatcher";
const pathMatchers = ["Path", "PathPrefix", "PathRegexp"] as const;

/**
 * Conditions of AWS and Alibaba load balancers, in JSON. Hosts in them apply in addition to those of the Ingress. JSON has
 * an escape for every letter, and no condition needs one.
 */
const conditions = "alb.ingress.kubernetes.io/conditions.";

/** CEL: the hosts that the object's annotations add. */
export const aliasAnnotations =
  `variables.annotations.filter(name, name in ${list(hostAliases)})` +
  ".map(name, object.metadata.annotations[name]).join(',').split(',').map(host, host.trim())" +
  ".filter(host, host != '')";

/** What an Ingress' annotations may not do, whichever controller reads them. */
export function annotationValidations(domain: Domain): Validation[] {
  return [leavesAliases(domain), noOwnLanguage(), knownPathMatcher(), noHostConditions()];
}

/** nginx also accepts regular expressions and partial names there. */
function leavesAliases(domain: Domain): Validation {
  const plain = `host.matches(${text("^([*][.])?[a-z0-9_-]+([.][a-z0-9_-]+)*$")})`;
  const isForeign = `(!${meetsDomain("host", domain)} || ${isAmong("variables.unprotected", "host")})`;
  return {
    expression: `variables.aliases.all(host, ${plain} && ${isForeign})`,
    message: `An annotation names further hosts, which must be plain names outside of ${domain.name}.`,
    messageExpression: `${text(`An annotation names further hosts, which must be plain names outside of ${domain.name}: `)} + variables.aliases.join(', ')`,
  };
}

function knownPathMatcher(): Validation {
  return {
    expression: `variables.annotations.all(name, name != ${text(pathMatcher)} || object.metadata.annotations[name] in ${list(pathMatchers)})`,
    message: `${pathMatcher} must be one of ${pathMatchers.join(", ")}.`,
  };
}

function noHostConditions(): Validation {
  return {
    expression: `variables.annotations.all(name, !name.startsWith(${text(conditions)}) || !object.metadata.annotations[name].lowerAscii().matches(${text(String.raw`host|\\`)}))`,
    message: `${conditions}* may name no hosts, and have no backslash: write hosts into the rules.`,
  };
}
