import {
  authority,
  parseDomain,
  wildcardStart,
  type Domain,
  type reservedLabels,
} from "../../documents/oathkeeper/hosts";
import type { Scheme } from "../../documents/oathkeeper/patterns";
import type { NonEmpty } from "../../documents/shared/nonEmpty";
import type { TlsArgs } from "./route";

/** A host and its URL for browsers, without a slash at the end. */
export interface PublicAddress {
  /** Host name without the port. */
  readonly host: string;
  /** URL without a slash at the end. */
  readonly url: string;
}

/** Every public address of a gateway. */
export interface Addresses {
  /** Scheme that browsers use: `http` only with `tls: "off"`. */
  readonly scheme: Scheme;
  /** Domain of all protected hosts, and its port. */
  readonly domain: Domain;
  /** The login UI. */
  readonly loginUi: PublicAddress;
  /** Kratos' public API, which browsers use for the steps of a sign-in. */
  readonly identityServer: PublicAddress;
  /** Every host of the domain, and the domain itself: where browsers may be sent after a sign-in. */
  readonly returnUrls: NonEmpty<string>;
}

/**
 * Derives the addresses from `name[:port]`.
 *
 * @throws RangeError if that is not a domain; components report it readably beforehand
 */
export function addressesOf(domainText: string, tls: TlsArgs): Addresses {
  const scheme = tls === "off" ? "http" : "https";
  const domain = parseDomain(domainText);
  const own = (label: (typeof reservedLabels)[number]): PublicAddress => {
    const host = `${label}.${domain.name}`;
    return { host, url: publicUrl(scheme, domain, host) };
  };
  return {
    scheme,
    domain,
    loginUi: own("auth"),
    identityServer: own("auth-server"),
    returnUrls: [
      `${publicUrl(scheme, domain, wildcardStart + domain.name)}/`,
      `${publicUrl(scheme, domain, domain.name)}/`,
    ],
  };
}

/** The URL at which browsers reach a host of the domain. */
export function publicUrl(scheme: Scheme, domain: Domain, host: string): string {
  return `${scheme}://${authority(host, domain)}`;
}

/** The name by which pods of any namespace reach a Service. */
export function clusterHost(service: string, namespace: string): string {
  return `${service}.${namespace}.svc`;
}
