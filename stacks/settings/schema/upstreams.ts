import { z } from "zod";
import { optionPatterns, type Size } from "../../../documents/rules/upstreamOptions";
import { duration, secretReference } from "./fields";

const size = z
  .string()
  .meta({ pattern: optionPatterns.maxBodySize })
  .transform((text) => text as Size);

const waiting = (description: string, byDefault: string) =>
  duration.meta({ description, byDefault }).exactOptional();

/** How the proxy connects to an upstream, wherever it is. */
export const upstreamOptions = {
  timeouts: z
    .strictObject({
      connect: waiting("How long the proxy waits for a connection, at most 75s.", "5s"),
      read: waiting(
        "How long it waits between two parts of a response, also of a stream or a WebSocket.",
        "1h",
      ),
      send: waiting("How long it waits until the upstream takes the next part of a request.", "1h"),
    })
    .meta({
      description: "How long the proxy waits for the upstream before it answers 504.",
      typeName: "UpstreamTimeouts",
    })
    .exactOptional(),
  tls: z
    .strictObject({
      verify: z
        .boolean()
        .meta({
          description:
            "Whether the upstream's certificate is checked. If not, anybody on the network path can read and change everything.",
          byDefault: true,
        })
        .exactOptional(),
      serverName: z
        .string()
        .meta({
          description: "Name that the upstream's certificate must have.",
          absent: "the host of the upstream",
        })
        .exactOptional(),
      authorities: z
        .string()
        .meta({
          description: "Name of the certificate authorities in the gateway's upstreams.",
          absent: "the public ones",
        })
        .exactOptional(),
      clientCertificate: z
        .string()
        .meta({ description: "Name of the proxy's own certificate in the gateway's upstreams." })
        .exactOptional(),
    })
    .meta({
      description: "TLS of an upstream that the proxy connects to by https or grpcs.",
      typeName: "UpstreamTls",
    })
    .exactOptional(),
  maxBodySize: size
    .meta({
      description: "Largest request body, for example 20m; larger ones are answered with 413.",
      absent: "any",
    })
    .exactOptional(),
  buffering: z
    .boolean()
    .meta({
      description: "Whether the proxy buffers responses for slow clients; streams then arrive late.",
      byDefault: false,
    })
    .exactOptional(),
  credentials: z
    .string()
    .meta({
      description:
        "Name of the secret header in the gateway's upstreams that the proxy sends to the upstream.",
    })
    .exactOptional(),
};

const named = <Entry extends z.ZodType>(entry: Entry) => z.record(z.string(), entry);

const namespaces = z
  .array(z.string())
  .meta({
    description: "Namespaces whose services may name it, in addition to the gateway's own.",
    absent: "none",
  })
  .exactOptional();

const configMapReference = z
  .strictObject({
    configMapName: z.string().meta({ description: "Name of a ConfigMap in the gateway's namespace." }),
    key: z.string().meta({ description: "Key in that ConfigMap." }),
  })
  .meta({ typeName: "ConfigMapReference" });

const credentials = z.discriminatedUnion(
  "kind",
  [
    z
      .strictObject({
        kind: z.literal("basic").meta({ description: "A user name and a password." }),
        secretName: z
          .string()
          .meta({ description: "A Secret of the type kubernetes.io/basic-auth in the gateway's namespace." }),
        namespaces,
      })
      .meta({ typeName: "BasicCredentials" }),
    secretReference
      .extend({
        kind: z.literal("header").meta({ description: "The value of a header." }),
        header: z
          .string()
          .meta({ description: "Name of the header.", byDefault: "Authorization" })
          .exactOptional(),
        prefix: z
          .string()
          .meta({ description: "Text in front of the secret, for example Bearer and a space." })
          .exactOptional(),
        namespaces,
      })
      .meta({ typeName: "HeaderCredentials" }),
  ],
  {
    error:
      "Write {kind: basic, secretName, namespaces?} or {kind: header, secretName, key, header?, prefix?, namespaces?}.",
  },
);

/** Where certificates of authorities are. */
export const authoritiesSource = z.union(
  [
    z
      .strictObject({ pem: z.string().meta({ description: "Certificates in PEM." }) })
      .meta({ typeName: "GivenAuthorities" }),
    configMapReference,
    secretReference,
  ],
  { error: "Write {pem}, {configMapName, key} or {secretName, key}." },
);

/** What a gateway keeps for upstreams. */
export const upstreams = z.strictObject({
  authorities: named(authoritiesSource)
    .meta({
      description: "Certificate authorities by name, each {pem}, {configMapName, key} or {secretName, key}.",
    })
    .exactOptional(),
  clientCertificates: named(
    z
      .strictObject({
        secretName: z
          .string()
          .meta({ description: "A Secret of the type kubernetes.io/tls in the gateway's namespace." }),
        namespaces,
      })
      .meta({ typeName: "ClientCertificate" }),
  )
    .meta({ description: "Certificates of the proxy by name, each {secretName, namespaces?}." })
    .exactOptional(),
  credentials: named(credentials)
    .meta({
      description:
        "Secret headers by name, each {kind: basic, secretName, namespaces?} or {kind: header, secretName, key, header?, prefix?, namespaces?}.",
    })
    .exactOptional(),
});
