import { maxDnsName } from "../shared/dnsNames";
import { durationProblems, seconds, type Duration } from "../shared/duration";
import { givenNamePattern, givenNameProblems } from "../shared/kubernetesNames";
import type { Partly } from "../shared/partly";
import { found, ofKnown, within, type Path, type Problem } from "../shared/problem";

/** A number of bytes, for example `512k`, `20m` or `2g`. */
export type Size = `${number}${"k" | "m" | "g"}`;

/** How long the proxy waits for an upstream. After that, it answers 504. */
export interface UpstreamTimeouts {
  /**
   * How long it waits for a connection. At most 75 s.
   * @default "5s"
   */
  readonly connect?: Duration;
  /**
   * How long it waits between two parts of a response, also of a stream or a WebSocket. At most 24 h.
   * @default "1h"
   */
  readonly read?: Duration;
  /**
   * How long it waits until the upstream takes the next part of a request. At most 24 h.
   * @default "1h"
   */
  readonly send?: Duration;
}

/** How the proxy verifies an upstream that it connects to by https or grpcs, and how it identifies itself there. */
export interface UpstreamTls {
  /**
   * Whether the upstream's certificate is checked. If not, anybody on the network path can read and change everything.
   * @default true
   */
  readonly verify?: boolean;
  /**
   * The name that the certificate must have, which the proxy also asks for (SNI).
   * @default the host of the upstream
   */
  readonly serverName?: string;
  /**
   * Name of the certificate authorities in the gateway's `upstreams.authorities`.
   * @default the public ones
   */
  readonly authorities?: string;
  /**
   * Name of the certificate in the gateway's `upstreams.clientCertificates` that the proxy presents.
   * @default none
   */
  readonly clientCertificate?: string;
}

/** How the proxy connects to an upstream. */
export interface UpstreamOptions {
  /** How long the proxy waits. */
  readonly timeouts?: UpstreamTimeouts;
  /** TLS, only with the schemes https and grpcs. */
  readonly tls?: UpstreamTls;
  /**
   * Largest request body. A larger one is answered with 413.
   * @default any
   */
  readonly maxBodySize?: Size;
  /**
   * Whether the proxy reads a response as fast as the upstream sends it, up to 512 KiB ahead of a slow client. Streams
   * then arrive late. Requests are never buffered.
   * @default false
   */
  readonly buffering?: boolean;
  /**
   * Name of the secret header in the gateway's `upstreams.credentials` that the proxy sends to the upstream, on every
   * request except those to public paths.
   * @default none
   */
  readonly credentials?: string;
}

/** What the proxy speaks with an upstream that does not take HTTP/1.1. */
export interface UpstreamProtocol {
  /** @default HTTP/1.1 */
  readonly protocol?: "grpc";
}

const hostName =
  "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:[.][A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*";
const duration = "[1-9][0-9]{0,4}[smh]";

/**
 * The options as a Rule carries them, in the configuration of a `noop` mutator, which Oathkeeper ignores; each with the
 * pattern of its values. Admission and the script that makes the routes check against these patterns.
 */
export const optionPatterns = {
  protocol: "^grpc$",
  connectTimeout: `^${duration}$`,
  readTimeout: `^${duration}$`,
  sendTimeout: `^${duration}$`,
  maxBodySize: "^[1-9][0-9]{0,5}[kmg]$",
  buffering: "^on$",
  tlsVerify: "^off$",
  tlsServerName: `^${hostName}$`,
  tlsAuthorities: `^${givenNamePattern}$`,
  tlsClientCertificate: `^${givenNamePattern}$`,
  credentialsName: `^${givenNamePattern}$`,
} as const;

/** No other option is as long as a host name. */
export const maxOptionLength = maxDnsName;

/** Options as a Rule carries them. */
export type WrittenOptions = Readonly<Partial<Record<keyof typeof optionPatterns, string>>>;

/** The options as a Rule carries them; undefined if there are none. */
export function writtenOptions(options: UpstreamOptions & UpstreamProtocol): WrittenOptions | undefined {
  const { timeouts = {}, tls = {}, protocol, maxBodySize, buffering, credentials } = options;
  const written: Readonly<Record<keyof WrittenOptions, string | undefined>> = {
    protocol,
    connectTimeout: timeouts.connect,
    readTimeout: timeouts.read,
    sendTimeout: timeouts.send,
    maxBodySize,
    buffering: buffering ? "on" : undefined,
    tlsVerify: tls.verify === false ? "off" : undefined,
    tlsServerName: tls.serverName,
    tlsAuthorities: tls.authorities,
    tlsClientCertificate: tls.clientCertificate,
    credentialsName: credentials,
  };
  const given = Object.entries(written).filter(([, value]) => value !== undefined);
  return given.length === 0 ? undefined : Object.fromEntries(given);
}

/**
 * Which of the gateway's authorities, certificates and credentials services may name, by their namespaces; without the
 * secrets themselves.
 */
export interface GrantedMeans {
  /** Names of certificate authorities, which every service may name. */
  readonly authorities: readonly string[];
  /** Namespaces that may name each client certificate. */
  readonly clientCertificates: Readonly<Record<string, readonly string[]>>;
  /** Namespaces that may name each credential, and the header in which it is sent. */
  readonly credentials: Readonly<
    Record<
      string,
      {
        /** The header. */
        readonly header: string;
        /** The namespaces. */
        readonly namespaces: readonly string[];
      }
    >
  >;
}

const maxConnect: Duration = "75s";
const longest: Duration = "24h";

/**
 * Checks the options, but not whether the gateway has what they name.
 * @param scheme how the proxy connects to the upstream, if known
 */
export function upstreamOptionsProblems(
  path: Path,
  options: Partly<UpstreamOptions>,
  scheme: string | undefined,
): Problem[] {
  const { timeouts = {}, tls, maxBodySize } = options;
  return [
    ...(["connect", "read", "send"] as const).flatMap((which) =>
      ofKnown(timeouts[which], (time) =>
        timeProblems(path(`timeouts.${which}`), time, which === "connect" ? maxConnect : longest),
      ),
    ),
    ...ofKnown(maxBodySize, (size) => bodySizeProblems(path("maxBodySize"), size)),
    ...ofKnown(tls, (known) => tlsProblems(within(path, "tls"), known, scheme)),
    ...ofKnown(options.credentials, (text) => meansNameProblems(path("credentials"), text)),
  ];
}

function timeProblems(path: string, time: Duration, max: Duration): Problem[] {
  const ofText = durationProblems(path, time);
  if (ofText.length > 0 || seconds(time) <= seconds(max)) return ofText;
  return [{ path, value: found(time), reason: `is longer than ${max}`, fix: `Write ${max} at most.` }];
}

function bodySizeProblems(path: string, size: string): Problem[] {
  if (new RegExp(optionPatterns.maxBodySize).test(size)) return [];
  return [
    {
      path,
      value: found(size),
      reason: "is not a whole number of kilobytes, megabytes or gigabytes",
      fix: 'Write for example "512k", "20m" or "2g".',
    },
  ];
}

function tlsProblems(path: Path, tls: Partly<UpstreamTls>, scheme: string | undefined): Problem[] {
  const { authorities, clientCertificate, serverName, verify } = tls;
  const problem = (property: string, value: unknown, reason: string, fix: string): Problem => ({
    path: path(property),
    value: found(value),
    reason,
    fix,
  });
  if (scheme === "http" || scheme === "grpc")
    return [
      problem("", tls, `is for an upstream that is asked by ${scheme}s`, `Set its scheme to "${scheme}s".`),
    ].map((one) => ({ ...one, path: path("").replace(/\.$/, "") }));
  return [
    ...(verify === false && authorities !== undefined
      ? [problem("authorities", authorities, "check nothing with verify: false", "Leave one of the two out.")]
      : []),
    ...(serverName !== undefined && !isHostName(serverName)
      ? [problem("serverName", serverName, "is not a host name", 'Write for example "grafana.example.com".')]
      : []),
    ...ofKnown(authorities, (text) => meansNameProblems(path("authorities"), text)),
    ...ofKnown(clientCertificate, (text) => meansNameProblems(path("clientCertificate"), text)),
  ];
}

function isHostName(text: string): boolean {
  return text.length <= maxOptionLength && new RegExp(optionPatterns.tlsServerName).test(text);
}

/** Checks a name by which services refer to what the gateway keeps for upstreams. */
export function meansNameProblems(path: string, text: string): Problem[] {
  return givenNameProblems(path, text, "is not a name of the gateway's upstreams");
}

/**
 * Checks that a service names only what the gateway has, and allows to the service's namespace.
 * @param isSigned whether the gateway's own token is sent as Authorization
 */
export function grantProblems(
  path: Path,
  { tls = {}, credentials }: Partly<UpstreamOptions>,
  granted: GrantedMeans,
  { namespace, isSigned }: { readonly namespace: string | undefined; readonly isSigned: boolean },
): Problem[] {
  const unknown = (property: string, called: string, has: readonly string[]): Problem => ({
    path: path(property),
    value: found(called),
    reason: "is not something that the gateway has for this namespace",
    fix:
      has.length === 0
        ? "Add it to upstreams of the gateway."
        : `Add it to upstreams of the gateway, or write one that it has: ${has.join(", ")}.`,
  });
  const forUs = (means: Readonly<Record<string, readonly string[]>>) =>
    Object.keys(means).filter((one) => namespace === undefined || means[one]?.includes(namespace));
  const headers = Object.fromEntries(
    Object.entries(granted.credentials).map(([called, { namespaces }]) => [called, namespaces]),
  );
  const check = (property: string, called: string | undefined, has: readonly string[]) =>
    called === undefined || has.includes(called) ? [] : [unknown(property, called, has)];
  const header = credentials === undefined ? undefined : granted.credentials[credentials]?.header;
  return [
    ...check("tls.authorities", tls.authorities, granted.authorities),
    ...check("tls.clientCertificate", tls.clientCertificate, forUs(granted.clientCertificates)),
    ...check("credentials", credentials, forUs(headers)),
    ...(isSigned && header?.toLowerCase() === "authorization"
      ? [
          {
            path: path("credentials"),
            value: found(credentials),
            reason: "are sent as Authorization, as the token of a signed identity is",
            fix: "Leave identity out, or have the credentials in another header.",
          },
        ]
      : []),
  ];
}
