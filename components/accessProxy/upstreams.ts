import type { core } from "@pulumi/kubernetes/types/input";
import type { Input } from "@pulumi/pulumi";
import type { UpstreamMeans } from "../../documents/nginx/upstreamMeans";
import type { GrantedMeans } from "../../documents/rules/upstreamOptions";
import { authoritiesSources, type AuthoritiesSource } from "../shared/authorities";
import type { SecretReference } from "../shared/clientSecret";

/** Which namespaces may name something that the gateway keeps. */
export interface GrantedTo {
  /**
   * Namespaces whose services may name it, in addition to the gateway's own. They can read what is sent, because it
   * goes to their upstreams.
   * @default none
   */
  readonly namespaces?: readonly string[];
}

/** A certificate that the proxy presents to upstreams. */
export interface ClientCertificate extends GrantedTo {
  /** Name of a Secret of the type `kubernetes.io/tls` in the gateway's namespace. */
  readonly secretName: Input<string>;
}

/** A user name and a password, sent as `Authorization: Basic`. */
export interface BasicCredentials extends GrantedTo {
  /** Sent as HTTP basic authentication. */
  readonly kind: "basic";
  /** Name of a Secret of the type `kubernetes.io/basic-auth` in the gateway's namespace. */
  readonly secretName: Input<string>;
}

/** A secret that is a header's value: an API key, a bearer token. */
export interface HeaderCredentials extends GrantedTo, SecretReference {
  /** Sent as the value of a header. */
  readonly kind: "header";
  /**
   * Name of the header.
   * @default "Authorization"
   */
  readonly header?: string;
  /**
   * Text in front of the secret, for example `Bearer `.
   * @default nothing
   */
  readonly prefix?: string;
}

/**
 * Certificates and credentials that the gateway keeps for upstreams, by the names that services use. The objects may be
 * created later, and may change.
 */
export interface UpstreamsArgs {
  /**
   * Certificate authorities, for `tls.authorities` of any service's upstream.
   * @default none
   */
  readonly authorities?: Readonly<Record<string, AuthoritiesSource>>;
  /**
   * Certificates of the proxy, for `tls.clientCertificate`.
   * @default none
   */
  readonly clientCertificates?: Readonly<Record<string, ClientCertificate>>;
  /**
   * Secret headers, for `credentials`.
   * @default none
   */
  readonly credentials?: Readonly<Record<string, BasicCredentials | HeaderCredentials>>;
}

const folder = "/etc/portcullis-upstreams";
const volumeName = "upstreams";

/** A Secret or ConfigMap that need not exist yet: without it, only the services that name it lack it. */
function secret(name: Input<string>, items: Readonly<Record<string, string>>): core.v1.VolumeProjection {
  return { secret: { name, optional: true, items: paths(items) } };
}

function paths(items: Readonly<Record<string, string>>): { key: string; path: string }[] {
  return Object.entries(items).map(([key, path]) => ({ key, path }));
}

const authoritiesPath = (name: string) => `authorities/${name}.pem`;
const certificatePath = (name: string, part: "crt" | "key") => `certificates/${name}.${part}`;
const credentialsPath = (name: string, part: string) => `credentials/${name}/${part}`;

function sourcesOf(upstreams: UpstreamsArgs): core.v1.VolumeProjection[] {
  const { authorities = {}, clientCertificates = {}, credentials = {} } = upstreams;
  return [
    ...Object.entries(authorities).flatMap(([name, from]) => authoritiesSources(from, authoritiesPath(name))),
    ...Object.entries(clientCertificates).map(([name, { secretName }]) =>
      secret(secretName, {
        "tls.crt": certificatePath(name, "crt"),
        "tls.key": certificatePath(name, "key"),
      }),
    ),
    ...Object.entries(credentials).map(([name, one]) =>
      one.kind === "basic"
        ? secret(one.secretName, {
            username: credentialsPath(name, "username"),
            password: credentialsPath(name, "password"),
          })
        : secret(one.secretName, { [one.key]: credentialsPath(name, "value") }),
    ),
  ];
}

/** The volume with all of it, and where nginx mounts it; both are empty if there is nothing. */
export function upstreamVolume(
  upstreams: UpstreamsArgs = {},
  issuers?: AuthoritiesSource,
): {
  readonly volumes: core.v1.Volume[];
  readonly mounts: core.v1.VolumeMount[];
} {
  const sources = [...sourcesOf(upstreams), ...(issuers ? authoritiesSources(issuers, issuersFile) : [])];
  if (sources.length === 0) return { volumes: [], mounts: [] };
  return {
    volumes: [{ name: volumeName, projected: { sources } }],
    mounts: [{ name: volumeName, mountPath: folder, readOnly: true }],
  };
}

/** Certificates that are given inline, by the names of their files in the folder of nginx' configuration. */
export function authorityFiles(
  { authorities = {} }: UpstreamsArgs = {},
  issuers?: AuthoritiesSource,
): Record<string, string> {
  return {
    ...Object.fromEntries(
      Object.entries(authorities).flatMap(([name, from]) =>
        "pem" in from ? [[givenFile(name), from.pem] as const] : [],
      ),
    ),
    ...(issuers && "pem" in issuers && { [issuersFile]: issuers.pem }),
  };
}

/** Certificates of the authorities of bearer tokens' issuers. */
const issuersFile = "issuers.pem";

/** Where a proxy pod has the authorities of bearer tokens' issuers. */
export function issuerAuthorities(
  issuers: AuthoritiesSource | undefined,
  configFolder: string,
): string | undefined {
  if (issuers === undefined) return undefined;
  return `${"pem" in issuers ? configFolder : folder}/${issuersFile}`;
}

const givenFile = (name: string) => `authorities-${name}.pem`;

/**
 * Where nginx finds all of it.
 * @param namespace the gateway's own, which may name everything
 */
export function upstreamMeans(
  { authorities = {}, clientCertificates = {}, credentials = {} }: UpstreamsArgs,
  configFolder: string,
  namespace: string,
): UpstreamMeans {
  const at = (path: string) => `${folder}/${path}`;
  const grantedTo = ({ namespaces = [] }: GrantedTo) => ({ namespaces: [namespace, ...namespaces] });
  return {
    authorities: mapped(authorities, (name, from) => ({
      file: "pem" in from ? `${configFolder}/${givenFile(name)}` : at(authoritiesPath(name)),
    })),
    clientCertificates: mapped(clientCertificates, (name, one) => ({
      ...grantedTo(one),
      certificate: at(certificatePath(name, "crt")),
      key: at(certificatePath(name, "key")),
    })),
    credentials: mapped(credentials, (name, one) => ({
      ...grantedTo(one),
      header: headerOf(one),
      prefix: one.kind === "basic" ? "Basic " : (one.prefix ?? ""),
      files: (one.kind === "basic" ? ["username", "password"] : ["value"]).map((part) =>
        at(credentialsPath(name, part)),
      ),
    })),
  };
}

/** What services and the admission policy know of it: names, and who may use them. */
export function grantedMeans(upstreams: UpstreamsArgs = {}): GrantedMeans {
  const { authorities = {}, clientCertificates = {}, credentials = {} } = upstreams;
  return {
    authorities: Object.keys(authorities),
    clientCertificates: mapped(clientCertificates, (_, { namespaces = [] }) => namespaces),
    credentials: mapped(credentials, (_, one) => ({
      header: headerOf(one),
      namespaces: one.namespaces ?? [],
    })),
  };
}

function headerOf(one: BasicCredentials | HeaderCredentials): string {
  return one.kind === "basic" ? "Authorization" : (one.header ?? "Authorization");
}

function mapped<From, To>(
  record: Readonly<Record<string, From>>,
  map: (name: string, from: From) => To,
): Readonly<Record<string, To>> {
  return Object.fromEntries(Object.entries(record).map(([name, from]) => [name, map(name, from)]));
}
