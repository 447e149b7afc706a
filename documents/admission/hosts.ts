import { reservedLabels, type Domain } from "../oathkeeper/hosts";
import { dnsName } from "../shared/dnsNames";
import { namespaceProblems } from "../shared/kubernetesNames";
import type { Partly } from "../shared/partly";
import { found, ofKnown, type Problem } from "../shared/problem";
import { annotation, commaSeparated, list, text } from "./cel";

/**
 * Annotation of a namespace that lists the hosts its Rules and HTTPRoutes may claim, separated by commas:
 * `grafana.apps.example.com`, or `*.team-a.apps.example.com` for all below. Anybody who may write namespaces assigns hosts.
 */
export const hostsAnnotation = "portcullis-hosts";

/** Whether a namespace whose annotation has this value owns a host; {@link isAmong} checks the same. */
export function ownsHost(annotation: string, host: string): boolean {
  return annotation
    .split(",")
    .map((name) => name.trim())
    .some((name) => name === host || (name.startsWith("*.") && host.endsWith(name.slice(1))));
}

/** A host of the domain that leads elsewhere than to the proxy, with the consent of the gateway's owner. */
export interface UnprotectedHost {
  /** One host, for example `status.apps.example.com`, or all below one: `*.legacy.apps.example.com`. */
  readonly host: string;
  /** Namespace whose routes may use it. */
  readonly namespace: string;
}

/** CEL: the hosts that the object's namespace owns. */
export const ownedHosts = commaSeparated(annotation("namespaceObject.metadata", hostsAnnotation));

/** CEL: whether the object's namespace owns hosts, or is treated as if it did: its annotation may be empty. */
export const ownsHosts = `namespaceObject.metadata.?annotations[?${text(hostsAnnotation)}].hasValue()`;

/** CEL: the hosts that the object's namespace may route elsewhere than to the proxy. */
export function unprotectedIn(hosts: readonly UnprotectedHost[]): string {
  const namespaces = [...new Set(hosts.map(({ namespace }) => namespace))];
  const byNamespace = namespaces.map((namespace) => {
    const own = hosts.filter((one) => one.namespace === namespace).map(({ host }) => host);
    return `${text(namespace)}: ${list(own)}`;
  });
  return `{${byNamespace.join(", ")}}[?request.namespace].orValue([])`;
}

/** CEL: hosts in the form in which they are compared, in lower case and without the dot that ends an absolute name. */
export function normalizedHosts(hosts: string): string {
  return `${hosts}.map(host, (host.endsWith(".") ? host.substring(0, size(host) - 1) : host).lowerAscii())`;
}

/**
 * CEL: whether a route for this host may get requests for a host of the domain: it is the domain itself, a host below it, a
 * wildcard that covers any of them, or empty, which means every host. Some controllers let a wildcard stand for several
 * labels, so `*.com` covers all of `apps.example.com`.
 */
export function meetsDomain(host: string, { name }: Domain): string {
  const own = `${host} in ${list(["", "*", name])} || ${host}.endsWith(${text(`.${name}`)})`;
  return `(${own} || (${host}.startsWith("*.") && ${text(name)}.endsWith(${host}.substring(1))))`;
}

/** CEL: whether one of the names is this host, or a wildcard above it. */
export function isAmong(names: string, host: string): string {
  return `${names}.exists(name, name == ${host} || (name.startsWith("*.") && ${host}.endsWith(name.substring(1))))`;
}

/** The hosts that the gateway itself serves. */
export function reservedHosts({ name }: Domain): string[] {
  return reservedLabels.map((label) => `${label}.${name}`);
}

const unprotectedPattern = new RegExp(`^(?:[*]\\.)?${dnsName}$`);

/** Checks the list of hosts that may be routed elsewhere than to the proxy. */
export function unprotectedHostProblems(
  path: string,
  domain: Domain,
  hosts: readonly Partly<UnprotectedHost>[],
): Problem[] {
  return hosts.flatMap(({ host, namespace }, index) => [
    ...ofKnown(host, (known) => singleProblems(`${path}[${index}].host`, domain, known)),
    ...ofKnown(namespace, (known) => namespaceProblems(`${path}[${index}].namespace`, known)),
  ]);
}

function singleProblems(path: string, domain: Domain, host: string): Problem[] {
  const problem = (reason: string, fix: string): Problem[] => [{ path, value: found(host), reason, fix }];
  const { name } = domain;
  if (!unprotectedPattern.test(host))
    return problem(
      "is not a host name",
      `Write lower-case letters, digits and hyphens, for example "status.${name}" or "*.legacy.${name}".`,
    );
  if (host !== name && !host.endsWith(`.${name}`))
    return problem(`is outside the domain ${name}, and only hosts of the domain are protected`, "Remove it.");
  if (reservedHosts(domain).includes(host))
    return problem("is a host of the gateway itself", "Remove it: nothing else may have it.");
  if (host === `*.${name}`)
    return problem("is every host of the domain", "Name the hosts that need no login, one by one.");
  return [];
}
