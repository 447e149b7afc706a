/** The content of a Secret that only rules of some namespaces may name. */
interface Granted {
  /** Includes the gateway's own namespace. */
  readonly namespaces: readonly string[];
}

/** What the gateway keeps for upstreams, as files of the proxy's pod, by the names that rules use. */
export interface UpstreamMeans {
  readonly authorities: Readonly<Record<string, { readonly file: string }>>;
  readonly clientCertificates: Readonly<
    Record<string, Granted & { readonly certificate: string; readonly key: string }>
  >;
  readonly credentials: Readonly<
    Record<
      string,
      Granted & {
        readonly header: string;
        /** Precedes the secret, for example `Basic `. */
        readonly prefix: string;
        /** Files of a user name and a password, or one of the whole secret. */
        readonly files: readonly string[];
      }
    >
  >;
}

/** The content for a gateway without `upstreams`. */
export const noMeans: UpstreamMeans = { authorities: {}, clientCertificates: {}, credentials: {} };

/** Files that nginx itself reads. It refuses all routes if one of them is no certificate. */
export function certificateFiles({ authorities, clientCertificates }: UpstreamMeans): string[] {
  return [
    ...Object.values(authorities).map(({ file }) => file),
    ...Object.values(clientCertificates).flatMap(({ certificate, key }) => [certificate, key]),
  ];
}

/** Files that the script reads. */
export function credentialFiles({ credentials }: UpstreamMeans): string[] {
  return Object.values(credentials).flatMap(({ files }) => files);
}
