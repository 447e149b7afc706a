import { parse } from "tldts";
import { boundedDnsLabel, maxDnsName } from "../shared/dnsNames";
import { found, type Problem } from "../shared/problem";

/** The domain of protected hosts, as `parseDomain` reads it. */
export interface Domain {
  /** The bare name, for example `apps.example.com`: what a cookie's Domain attribute takes. */
  readonly name: string;
  /** The port that browsers write in the URL; absent if it is the scheme's default. */
  readonly port?: number;
}

/** First labels that the gateway itself serves on every domain. */
export const reservedLabels = ["auth", "auth-server"] as const;

const namePattern = new RegExp(`^${boundedDnsLabel}(?:\\.${boundedDnsLabel})*$`);
const portPattern = /^[1-9][0-9]{0,4}$/;

/**
 * Checks a domain: a lower-case name of at least two labels, optionally with a port, without a scheme or path. Returns
 * every problem; if there is none, {@link parseDomain} accepts the value.
 */
export function domainProblems(path: string, value: string): Problem[] {
  const problem = (reason: string, fix: string): Problem[] => [{ path, value: found(value), reason, fix }];
  if (value.includes("://"))
    return problem("has a scheme", 'Write the bare domain, for example "apps.example.com".');
  const [name = "", port, ...rest] = value.split(":");
  if (rest.length > 0 || (port !== undefined && !isPort(port)))
    return problem("has no valid port after the colon", "Write a port from 1 to 65535, or none.");
  if (name !== name.toLowerCase())
    return problem("has upper-case letters", `Write "${value.toLowerCase()}".`);
  if (!isHostName(name))
    return problem(
      "is not a domain name",
      'Use labels of letters, digits and hyphens, joined by dots, for example "apps.example.com".',
    );
  if (!name.includes("."))
    return problem(
      "has a single label, and browsers refuse a cookie for a top-level domain",
      'Use a domain of at least two labels, for example "apps.example.com".',
    );
  if (/^[0-9.]+$/.test(name))
    return problem("is an IP address, which has no subdomains", "Use a domain name.");
  if (isPublicSuffix(name))
    return problem(
      "is a public suffix, for which browsers refuse a cookie: its subdomains belong to others",
      `Use a domain below it, for example "apps.${name}".`,
    );
  return [];
}

/** @see https://publicsuffix.org/list/ */
function isPublicSuffix(name: string): boolean {
  const { publicSuffix, isIcann, isPrivate } = parse(name, { allowPrivateDomains: true });
  return publicSuffix === name && (isIcann === true || isPrivate === true);
}

/**
 * Splits `name[:port]`.
 * @throws RangeError if {@link domainProblems} reports a problem with the value
 */
export function parseDomain(value: string): Domain {
  const problem = domainProblems("domain", value)[0];
  if (problem) throw new RangeError(`${problem.path} ${problem.reason}`);
  const [name = "", port] = value.split(":");
  return port === undefined ? { name } : { name, port: Number(port) };
}

/** Checks that browsers write the domain's port in URLs. They omit the scheme's default port, so no rule would match. */
export function domainPortProblems(
  path: string,
  { name, port }: Domain,
  scheme: "http" | "https",
): Problem[] {
  if (port !== (scheme === "https" ? 443 : 80)) return [];
  return [
    {
      path,
      value: found(`${name}:${port}`),
      reason: `has the port that ${scheme} has anyway, which browsers leave out, so no rule would match`,
      fix: `Write ${found(name)}.`,
    },
  ];
}

/** The authority part of a URL: a host of the domain with the domain's port. */
export function authority(host: string, domain: Domain): string {
  return domain.port === undefined ? host : `${host}:${domain.port}`;
}

/** A host and the property it was read from. */
export interface NamedHost {
  readonly path: string;
  readonly host: string;
}

/** The start of a wildcard. It stands for exactly one label. */
export const wildcardStart = "*.";

export function isWildcard(host: string): boolean {
  return host.startsWith(wildcardStart);
}

/** Whether a wildcard covers a host. No wildcard covers itself. */
export function covers(wildcard: string, host: string): boolean {
  return isWildcard(wildcard) && !isWildcard(host) && wildcardOver(host) === wildcard;
}

/** The wildcard that covers a host and its siblings. */
export function wildcardOver(host: string): string {
  return wildcardStart + host.slice(host.indexOf(".") + 1);
}

/**
 * Checks the hosts of a service. Each must be a lower-case name inside the domain, the domain itself, or a wildcard for all
 * names one label below such a host. It must not be one of the gateway's own hosts, nor appear twice. Otherwise a
 * look-alike or an overlap would show only at run time.
 */
export function hostProblems(domain: Domain, hosts: readonly NamedHost[]): Problem[] {
  const firstUse = new Map<string, string>();
  return hosts.flatMap(({ path, host }) => {
    const problems = singleHostProblems(domain, path, host);
    if (problems.length > 0) return problems;
    const earlier = firstUse.get(host);
    if (earlier === undefined) {
      firstUse.set(host, path);
      return [];
    }
    return [
      {
        path,
        value: found(host),
        reason: `is already used by ${earlier}`,
        fix: "Name every host once.",
      },
    ];
  });
}

function singleHostProblems(domain: Domain, path: string, host: string): Problem[] {
  const problem = (reason: string, fix: string): Problem[] => [{ path, value: found(host), reason, fix }];
  const example = `service.${domain.name}`;
  if (host.includes("://")) return problem("has a scheme", `Write the bare host, for example "${example}".`);
  if (host.includes(":"))
    return problem("has a port", "Leave the port out: hosts take the port of the domain.");
  if (host !== host.toLowerCase()) return problem("has upper-case letters", `Write "${host.toLowerCase()}".`);
  if (!isHostName(isWildcard(host) ? host.slice(wildcardStart.length) : host))
    return problem(
      "is not a host name",
      `Use labels of letters, digits and hyphens, joined by dots, for example "${example}", or "*.previews.${domain.name}" for all names one label below.`,
    );
  if (host === domain.name) return [];
  const suffix = `.${domain.name}`;
  if (host === wildcardStart + domain.name)
    return problem(
      "stands for every host of the domain, the gateway's own and those of other services too",
      `Use a wildcard below a name of the service's own, for example "*.previews.${domain.name}".`,
    );
  if (!host.endsWith(suffix))
    return problem(
      `is outside the domain ${domain.name}, where the session cookie is not sent`,
      `Use a host that ends in "${suffix}".`,
    );
  const ownLabel = host.slice(0, -suffix.length);
  if ((reservedLabels as readonly string[]).includes(ownLabel))
    return problem(
      "is a host of the gateway itself",
      `Use another name than ${reservedLabels.join(" and ")}.`,
    );
  return [];
}

function isHostName(text: string): boolean {
  return text.length <= maxDnsName && namePattern.test(text);
}

function isPort(text: string): boolean {
  return portPattern.test(text) && Number(text) <= 65535;
}
