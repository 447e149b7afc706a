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
            description: "How the proxy asks the Service: grpc is HTTP/2 in cleartext, grpcs with TLS.",
            byDefault: "http",
          })
          .exactOptional(),
        ...upstreamOptions,
      })
      .meta({ typeName: "ServiceUpstream" }),
    z
      .strictObject({
        url: z.string().meta({ description: "Anything with a URL; needs isolation: none." }),
        ...upstreamOptions,
      })
      .meta({ typeName: "UrlUpstream" }),
  ],
  { error: "Write {namespace, name, port, pods, targetPort} or {url}." },
);

const publicPath = z.strictObject({
  path: z
    .string()
    .meta({ pattern: "^/", description: "Path with a slash first, for example /healthz." })
    .transform((text) => text as `/${string}`),
  match: z.enum(["exact", "prefix"]).meta({
    description: "exact is this path only; prefix is the path itself and all below it.",
    typeName: "PathMatch",
  }),
  methods: list(method, "GET, HEAD")
    .meta({ description: "Methods that need no session there.", byDefault: ["GET", "HEAD"] })
    .exactOptional(),
});

const audience = z
  .string()
  .meta({ description: "What the token's aud must name. Give every service one of its own." });

const machines = z.union(
  [
    z
      .strictObject({
        issuer: z.string().meta({ description: "The token's iss, to the letter." }),
        audience,
        jwksUrl: z.string().meta({ description: "Where the proxy fetches the issuer's public keys." }),
        claims: claims
          .meta({
            description: "What else the token must say, for example {repository: acme/app}.",
            absent: "whatever the issuer signs for the audience",
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
        ).meta({ description: "Service accounts of the cluster whose tokens let in." }),
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
        description: "Paths of its hosts, each with all below it, for several services on one host.",
        absent: "the whole host",
      })
      .exactOptional(),
    stripPath: z
      .boolean()
      .meta({
        description: "Whether the service is asked without its path; needs exactly one entry of paths.",
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
          "{alsoAllow: [peers]} lets others at the pods too, at every port, for example a scraper; none leaves the pods open.",
        absent: "only the proxy",
      })
      .exactOptional(),
    methods: list(method, "GET, HEAD")
      .meta({
        description: `Methods that are let through; any other answers 404. Those of WebDAV, CalDAV and searches are let through only where they are named: ${furtherMethods.join(", ")}.`,
        absent: usualMethods.join(", "),
      })
      .exactOptional(),
    preserveHost: z
      .boolean()
      .meta({
        description:
          "Whether the service sees the host that the browser asked for; false is for one that answers only to its own name.",
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
          "{emails?, domains?, groups?}: who of those that may sign in may use it; anybody else is answered 403.",
        absent: "everybody",
        more: "access.md",
      })
      .exactOptional(),
    publicPaths: z
      .array(publicPath)
      .meta({
        description: "[{path, match: exact or prefix, methods?}]: what needs no session.",
        absent: "none",
        more: "access.md",
      })
      .exactOptional(),
    machines: machines
      .meta({
        description:
          "{issuer, audience, jwksUrl, claims?} or {serviceAccounts: [{namespace, name}], audience}: which bearer tokens let programs in.",
        absent: "none",
        more: "access.md#programs",
      })
      .exactOptional(),
    identity: z
      .enum(identityForms)
      .meta({
        description: "signedJwt also tells the service who asks by a token that the gateway signs.",
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
              title: z.string().meta({ description: "Its name there.", absent: "its host" }).exactOptional(),
              description: z
                .string()
                .meta({ description: "What it is for, in a sentence.", absent: "none" })
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
          "{title?, description?, icon?}: how the login UI's start page shows it to those who may open it, or hidden.",
        absent: "by its host; a gRPC service is hidden",
        more: "#start-page",
      })
      .exactOptional(),
    route: z
      .literal("none")
      .meta({
        description:
          "none makes no Ingress or HTTPRoute, because something else leads its hosts to the proxy, such as a chart's own.",
        absent: "one of its own",
        more: "adoption.md#a-route-that-a-chart-makes",
      })
      .exactOptional(),
    annotations: texts
      .meta({ description: "Annotations of this service's route, on top of the gateway's.", absent: "none" })
      .exactOptional(),
    patches: z
      .strictObject({
        route: patch.meta({ description: "Merge patch of the Ingress or HTTPRoute." }).exactOptional(),
        rule: patch.meta({ description: "Merge patch of the Rules." }).exactOptional(),
        networkPolicy: patch.meta({ description: "Merge patch of the NetworkPolicy." }).exactOptional(),
      })
      .meta({
        description: "Merge patches of its route, rule and networkPolicy, for what no setting says.",
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

/** And those in files of their own. */
export const serviceFiles = z
  .string()
  .meta({
    description:
      "Folder beside Pulumi.yaml with further services, each a YAML file NAME.yaml as an entry of services is.",
    absent: "none",
    more: "#services-in-files",
    example: "services/production",
  })
  .exactOptional();
