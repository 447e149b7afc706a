/** A Secret's content that only some namespaces' rules may name. */
interface Granted {
  /** The gateway's own is one of them. */
  readonly namespaces: readonly string[];
}

/** What the gateway keeps for upstreams, as files of the proxy's pod, by the names that rules call it. */
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
        /** In front of the secret, for example `Basic `. */
        readonly prefix: string;
        /** A user name's and a password's, or the one of the whole secret. */
        readonly files: readonly string[];
      }
    >
  >;
}

/** What a gateway without `upstreams` has. */
export const noMeans: UpstreamMeans = { authorities: {}, clientCertificates: {}, credentials: {} };

/** Files that nginx itself reads, and refuses all routes for where one is no certificate. */
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
