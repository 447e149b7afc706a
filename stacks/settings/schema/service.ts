import { z } from "zod";
import { upstreamSchemes } from "../../../documents/oathkeeper/grpc";
import { furtherMethods, usualMethods } from "../../../documents/oathkeeper/ruleSpec";
import { identityForms } from "../../../documents/oathkeeper/signedIdentity";
import { insteadOf, labels, list, listed, listedPeople, method, patch, peer, port, texts } from "./fields";
import { claims } from "./claims";
import { upstreamOptions } from "./upstreams";

const upstream = z.union(
  [
    z
      .strictObject({
        namespace: z.string().meta({ description: "Namespace of the Service." }),
        name: z.string().meta({ description: "Name of the Service." }),
        port: port.meta({ description: "Port of the Service." }),
        pods: labels.meta({
          description: "Labels of the pods behind the Service, which a NetworkPolicy isolates.",
        }),
        targetPort: port.meta({ description: "Port of the pods." }),
        scheme: z
          .enum(upstreamSchemes)
          .meta({
            description:
              "How the proxy connects to the Service: grpc is HTTP/2 in cleartext, grpcs is HTTP/2 with TLS.",
            byDefault: "http",
          })
          .exactOptional(),
        ...upstreamOptions,
      })
      .meta({ typeName: "ServiceUpstream" }),
    z
      .strictObject({
        url: z.string().meta({ description: "URL of any other upstream; needs isolation: none." }),
        ...upstreamOptions,
      })
      .meta({ typeName: "UrlUpstream" }),
  ],
  { error: "Write {namespace, name, port, pods, targetPort} or {url}." },
);

const publicPath = z.strictObject({
  path: z
    .string()
    .meta({ pattern: "^/", description: "Path that begins with a slash, for example /healthz." })
    .transform((text) => text as `/${string}`),
  match: z.enum(["exact", "prefix"]).meta({
    description: "exact is this path only; prefix is the path itself and everything below it.",
    typeName: "PathMatch",
  }),
  methods: list(method, "GET, HEAD")
    .meta({ description: "Methods that need no session there.", byDefault: ["GET", "HEAD"] })
    .exactOptional(),
});

const audience = z
  .string()
  .meta({ description: "What the token's aud must name. Give every service its own audience." });

const machines = z.union(
  [
    z
      .strictObject({
        issuer: z.string().meta({ description: "The token's iss, exactly." }),
        audience,
        jwksUrl: z
          .string()
          .meta({ description: "URL from which the proxy fetches the issuer's public keys." }),
        claims: claims
          .meta({
            description: "Other claims that the token must have, for example {repository: acme/app}.",
            absent: "any token that the issuer signs for the audience",
          })
          .exactOptional(),
      })
      .meta({ typeName: "IssuerBearerTokens" }),
    z
      .strictObject({
        serviceAccounts: list(
          z.strictObject({
            namespace: z.string().meta({ description: "Namespace of the service account." }),
            name: z.string().meta({ description: "Name of the service account." }),
          }),
        ).meta({ description: "Service accounts of the cluster whose tokens are accepted." }),
        audience,
      })
      .meta({ typeName: "ServiceAccountBearerTokens" }),
  ],
  {
    error: "Write {issuer, audience, jwksUrl, claims?} or {serviceAccounts: [{namespace, name}], audience}.",
  },
);

/** A service behind the login. */
export const service = z
  .strictObject({
    upstream: upstream.meta({
      description:
        "Where the service is: {namespace, name, port, pods, targetPort, scheme?} of a Service and the pods behind it, or {url}; with either, {timeouts?, tls?, maxBodySize?, buffering?, credentials?}.",
      more: "#upstreams",
    }),
    hosts: list(z.string(), "a.apps.example.com")
      .meta({
        description:
          "Hosts inside the domain, without a port, or the domain itself; *.previews.apps.example.com stands for all names one label below.",
        absent: "`<name>.<domain>`",
        more: "#many-hosts-of-one-service",
      })
      .exactOptional(),
    paths: list(z.string(), "/grafana")
      .meta({
        description: "Paths of its hosts, each with everything below it, for several services on one host.",
        absent: "the whole host",
      })
      .exactOptional(),
    stripPath: z
      .boolean()
      .meta({
        description:
          "Whether the path is removed from requests to the service; needs exactly one entry in paths.",
        byDefault: false,
      })
      .exactOptional(),
    isolation: z
      .union(
        [
          z.literal("none"),
          z.strictObject({
            alsoAllow: z
              .array(peer)
              .meta({ description: "NetworkPolicy peers that may connect besides the proxy." }),
          }),
        ],
        { error: 'Write "none" or {alsoAllow: [peers]}.' },
      )
      .meta({
        description:
          "{alsoAllow: [peers]} lets others, for example a scraper, connect to the pods too, at every port; none leaves the pods open.",
        absent: "only the proxy",
      })
      .exactOptional(),
    methods: list(method, "GET, HEAD")
      .meta({
        description: `Methods that are let through; any other is answered with 404. Those of WebDAV, CalDAV and searches are let through only if you list them: ${furtherMethods.join(", ")}.`,
        absent: usualMethods.join(", "),
      })
      .exactOptional(),
    preserveHost: z
      .boolean()
      .meta({
        description:
          "Whether the service sees the host that the browser asked for; false is for a service that answers only to its own name.",
        byDefault: true,
      })
      .exactOptional(),
    access: z
      .strictObject({
        ...listedPeople,
        groups: listed("sre").meta({ description: "Groups of the gateway, by their names." }).exactOptional(),
      })
      .meta({
        description:
          "{emails?, domains?, groups?}: which of the people who may sign in may use the service; anybody else gets 403.",
        absent: "everybody",
        more: "access.md",
      })
      .exactOptional(),
    publicPaths: z
      .array(publicPath)
      .meta({
        description: "[{path, match: exact or prefix, methods?}]: paths that need no session.",
        absent: "none",
        more: "access.md",
      })
      .exactOptional(),
    machines: machines
      .meta({
        description:
          "{issuer, audience, jwksUrl, claims?} or {serviceAccounts: [{namespace, name}], audience}: bearer tokens with which programs may use the service.",
        absent: "none",
        more: "access.md#programs",
      })
      .exactOptional(),
    identity: z
      .enum(identityForms)
      .meta({
        description:
          "signedJwt also tells the service who makes the request, in a token that the gateway signs.",
        byDefault: "headers",
        typeName: "IdentityForm",
        more: "access.md#what-the-service-is-told",
      })
      .exactOptional(),
    headers: texts
      .meta({
        description: "Further headers for the service, by name, the same on every request. No secrets.",
        absent: "none",
        more: "access.md#further-headers",
      })
      .exactOptional(),
    portal: z
      .union(
        [
          z.literal("hidden"),
          z
            .strictObject({
              title: z
                .string()
                .meta({ description: "Name of the service there.", absent: "its host" })
                .exactOptional(),
              description: z
                .string()
                .meta({ description: "What the service is for, in a sentence.", absent: "none" })
                .exactOptional(),
              icon: z
                .string()
                .meta({ description: "An emoji, or one or two letters.", absent: "none" })
                .exactOptional(),
            })
            .meta({ typeName: "PortalEntry" }),
        ],
        { error: "Write hidden, or {title?, description?, icon?}." },
      )
      .meta({
        description:
          "{title?, description?, icon?}: how the login UI's start page shows the service to people who may open it, or hidden.",
        absent: "by its host; a gRPC service is hidden",
        more: "#start-page",
      })
      .exactOptional(),
    route: z
      .literal("none")
      .meta({
        description:
          "none creates no Ingress or HTTPRoute, because something else, such as a chart's own route, leads its hosts to the proxy.",
        absent: "one of its own",
        more: "adoption.md#a-route-that-a-chart-makes",
      })
      .exactOptional(),
    annotations: texts
      .meta({
        description: "Annotations of this service's route, in addition to the gateway's.",
        absent: "none",
      })
      .exactOptional(),
    patches: z
      .strictObject({
        route: patch.meta({ description: "Merge patch of the Ingress or HTTPRoute." }).exactOptional(),
        rule: patch.meta({ description: "Merge patch of the Rules." }).exactOptional(),
        networkPolicy: patch.meta({ description: "Merge patch of the NetworkPolicy." }).exactOptional(),
      })
      .meta({
        description: "Merge patches of its route, rule and networkPolicy, for what no setting covers.",
        absent: "none",
        typeName: "ServicePatches",
      })
      .exactOptional(),
  })
  .meta({ typeName: "ProtectedService" });

export const servicesForm = "{name: {upstream: …}}";

/** The services of a stack's file. */
export const services = z
  .record(z.string(), service, insteadOf(`Write ${servicesForm}.`))
  .meta({ description: "Protected services by name.", byDefault: {}, more: "#services" })
  .default({});

/** And the services in files of their own. */
export const serviceFiles = z
  .string()
  .meta({
    description:
      "Folder next to Pulumi.yaml with further services, each in a YAML file NAME.yaml that has the form of an entry of services.",
    absent: "none",
    more: "#services-in-files",
    example: "services/production",
  })
  .exactOptional();
