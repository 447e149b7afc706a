import { z } from "zod";
import { gatewayDefaults } from "../../../components/accessGateway/defaults";
import { imageNames } from "../../../components/shared/images";
import { defaultSignInLimits } from "../../../documents/kratos/signInLimits";
import { autoscaling } from "./autoscaling";
import { branding } from "./branding";
import { database } from "./database";
import { count, duration, list, peer } from "./fields";
import { groups } from "./groups";
import { leavers } from "./leavers";
import { loginProvider } from "./loginProvider";
import { loginUi } from "./loginUi";
import { monitoring } from "./monitoring";
import { namespace } from "./namespace";
import { outbound } from "./outbound";
import { gatewayPatches } from "./patches";
import { egress, route, tls } from "./route";
import { serviceFiles, services } from "./service";
import { tracing } from "./tracing";
import { upstreams } from "./upstreams";

const { session: sessionDefaults } = gatewayDefaults;

const session = z.strictObject({
  lifespan: duration
    .meta({ description: "How long a session lasts.", byDefault: sessionDefaults.lifespan })
    .exactOptional(),
  checkCache: z
    .union([z.literal("off"), duration], { error: 'Write "off" or a duration, for example "5s".' })
    .meta({
      description: "How long the proxy caches that a session is valid, at most 60s, or off.",
      byDefault: sessionDefaults.checkCache,
    })
    .exactOptional(),
  onePerUser: z
    .boolean()
    .meta({
      description: "Whether a sign-in ends the user's other sessions.",
      byDefault: sessionDefaults.onePerUser,
    })
    .exactOptional(),
  sameSite: z
    .enum(["Strict", "Lax", "None"])
    .meta({ description: "SameSite attribute of the session cookie.", byDefault: sessionDefaults.sameSite })
    .exactOptional(),
  cookieName: z
    .string()
    .meta({
      description:
        "Name of the session cookie, which begins with ory_kratos_. If one gateway's domain is inside another's, the two need different names.",
      byDefault: sessionDefaults.cookieName,
    })
    .exactOptional(),
});

const rate = z
  .strictObject({
    perMinute: z.number().meta({ description: "Requests per minute in the long run." }),
    burst: z.number().meta({ description: "How many more may come at once." }),
  })
  .meta({ typeName: "Rate" });
const rateOf = (name: keyof typeof defaultSignInLimits, description: string) =>
  rate.meta({ description, byDefault: defaultSignInLimits[name] }).exactOptional();

const signInLimits = z.union(
  [
    z.literal("off"),
    z.strictObject({
      trustedHops: z
        .number()
        .meta({
          description:
            "How many proxies in front of the gateway, including the ingress controller, add an address to X-Forwarded-For.",
          byDefault: defaultSignInLimits.trustedHops,
        })
        .exactOptional(),
      starts: rateOf("starts", "Per client: sign-ins and account changes that are started."),
      submits: rateOf("submits", "Per client: submitted forms, and sign-outs."),
      callbacks: rateOf("callbacks", "Per client: returns from a login provider."),
      mails: rateOf("mails", "Per client: forms that have a link sent to an address."),
      secondSteps: rateOf("secondSteps", "Per client: forms of a second step, and of signing in again."),
      secondStepsOfSession: rateOf("secondStepsOfSession", "The same, per session."),
      total: rateOf("total", "For all clients together: starts, submits, callbacks and mails."),
    }),
  ],
  { error: 'Write "off", or an object of rates, each {perMinute, burst}.' },
);

const smtp = z.strictObject({
  from: z.string().meta({ description: "Email address of the sender, without a name." }),
  recovery: z
    .boolean()
    .meta({
      description:
        "Whether users can sign in with a link sent to their address, which bypasses the login provider.",
      byDefault: false,
    })
    .exactOptional(),
});

const images = z.strictObject({
  registry: z
    .string()
    .meta({ description: "A mirror in front of the public registries.", absent: "the public registries" })
    .exactOptional(),
  pullSecrets: z
    .array(z.string())
    .meta({ description: "Secrets with registry credentials, in the gateway's namespace.", absent: "none" })
    .exactOptional(),
  override: z
    .partialRecord(z.enum(imageNames), z.string())
    .meta({ description: "Full references that replace individual images.", absent: "none" })
    .exactOptional(),
});

/** What a gateway's stack may set, except for secrets. */
export const gatewaySchema = z.strictObject({
  kind: z
    .literal("gateway", { error: 'Write "gateway" or "services".' })
    .meta({
      description: "Kind of the stack; a team's stack has its own project in stacks/team.",
      more: "#a-teams-stack",
    })
    .default("gateway"),
  domain: z.string().meta({
    description:
      "Domain of all protected hosts and of the session cookie, with the port if it is not the scheme's default.",
    example: "apps.example.com",
  }),
  route: route.meta({
    description: "How requests reach the gateway: by Ingress, or by kind: gatewayApi.",
    more: "#route",
  }),
  tls: tls.meta({
    description:
      "Where the certificate comes from: {issuer: {kind, name}} of cert-manager, {secretName}, external, or off for plain http.",
    more: "#tls",
    example: { secretName: "apps-tls" },
  }),
  loginProviders: list(loginProvider, "{id, issuerUrl, clientId, admit}").meta({
    description: "Login providers, in the order of their sign-in buttons.",
    more: "#login-providers",
  }),
  services,
  serviceFiles,
  namespace: namespace
    .meta({
      description:
        "Namespace of the gateway: its name, or {name?, create?, labels?, annotations?}. The stack creates it, unless create is false.",
      more: "#namespace",
      example: { name: "access", labels: { "istio.io/dataplane-mode": "none" } },
    })
    .default(gatewayDefaults.namespace),
  release: z
    .enum(["v26.2", "v1.3"])
    .meta({
      description: "Release set of Ory: v26.2 or v1.3.",
      byDefault: gatewayDefaults.release,
      more: "ory-builds.md",
      example: "v1.3",
    })
    .exactOptional(),
  loginUi: loginUi
    .meta({
      description:
        "The pages that people sign in on: kind: portcullis, kind: oryReference for Ory's reference UI, or {image} of your own.",
      byDefault: gatewayDefaults.loginUi,
      more: "#login-ui",
      example: { kind: "oryReference" },
    })
    .exactOptional(),
  skipLoginPage: z
    .boolean()
    .meta({
      description:
        "Whether people without a session go straight to the only login provider. People who have signed out or were refused still get the login page.",
      absent: "true with one login provider and this library's login UI",
      more: "#login-ui",
      example: false,
    })
    .exactOptional(),
  replicas: count
    .meta({
      description: "Number of pods of the proxy, of the identity server and of the login UI, each.",
      byDefault: gatewayDefaults.replicas,
      example: 3,
    })
    .exactOptional(),
  autoscaling: autoscaling
    .meta({
      description: "How many pods the proxy and the identity server may have under load.",
      absent: "always as many as replicas",
      more: "#autoscaling",
      example: { max: 6 },
    })
    .exactOptional(),
  secondFactor: z
    .enum(["off", "optional", "required"])
    .meta({
      description:
        "optional: users may set up TOTP, a security key or a passkey; required: they must. off: there is none.",
      byDefault: gatewayDefaults.secondFactor,
      more: "second-factor.md",
      example: "optional",
    })
    .exactOptional(),
  database: database
    .meta({
      description: "Which database holds identities and sessions.",
      byDefault: gatewayDefaults.database,
      more: "#database",
      example: { kind: "inCluster", storage: "20Gi" },
    })
    .default(gatewayDefaults.database),
  session: session
    .meta({
      description: "Lifetime, checks and cookie of sessions.",
      byDefault: {},
      more: "#session",
      example: { lifespan: "8h", onePerUser: true },
    })
    .exactOptional(),
  leavers: leavers
    .meta({
      description:
        "A check that deactivates people who are no longer on any list and ends their sessions, or off.",
      byDefault: gatewayDefaults.leavers,
      more: "leavers.md",
      example: { schedule: "*/5 * * * *", atMost: 20 },
    })
    .exactOptional(),
  signInLimits: signInLimits
    .meta({
      description: "Rate limits for browsers at the identity server, or off.",
      byDefault: { trustedHops: defaultSignInLimits.trustedHops },
      more: "#limits-of-sign-ins",
      example: { trustedHops: 2 },
    })
    .exactOptional(),
  branding: branding
    .meta({
      description: "How the gateway's own pages look, and what they say.",
      absent: "plain pages in English, without a name",
      more: "answers.md#branding",
      example: { name: "Example Inc.", help: { text: "Ask IT", url: "mailto:it@example.com" } },
    })
    .exactOptional(),
  smtp: smtp
    .meta({
      description: "Outgoing mail; the mail server's URI is a secret.",
      absent: "no mail is sent",
      more: "#mail",
      example: { from: "login@example.com" },
    })
    .exactOptional(),
  images: images
    .meta({
      description: "A mirror of the images, or individual images of your own.",
      byDefault: {},
      more: "#images",
      example: { registry: "registry.example.com/mirror" },
    })
    .exactOptional(),
  crd: z
    .enum(["create", "existing"])
    .meta({
      description:
        "existing if the cluster already has the custom resource definition of Rule. Keep create for a gateway that has created it: otherwise the definition is deleted, and every Rule of the cluster with it. No other Oathkeeper Maester may serve the cluster: both would process every Rule.",
      byDefault: gatewayDefaults.crd,
      example: "existing",
    })
    .exactOptional(),
  unprotectedHosts: z
    .array(
      z.strictObject({
        host: z
          .string()
          .meta({ description: "A host of the domain, or *. and a name for all hosts below it." }),
        namespace: z.string().meta({ description: "Namespace whose routes may use it." }),
      }),
    )
    .meta({
      description:
        "Hosts of the domain that another namespace may route elsewhere than to the proxy. Whatever serves such a host receives every visitor's session.",
      byDefault: [],
      more: "admission.md#let-a-host-lead-elsewhere",
      example: [{ host: "status.apps.example.com", namespace: "status" }],
    })
    .exactOptional(),
  metricsFrom: z
    .array(peer)
    .meta({
      description:
        "NetworkPolicy peers that may read the metrics of the proxy, the identity server and the rule operator.",
      byDefault: [],
    })
    .exactOptional(),
  monitoring: monitoring
    .meta({
      description: "Scraping, alerts and a dashboard, for a monitoring operator in the cluster.",
      byDefault: { serviceMonitors: false, alerts: false },
      more: "monitoring.md",
      example: { serviceMonitors: true, alerts: true },
    })
    .exactOptional(),
  tracing: tracing
    .meta({
      description: "Where the spans of the identity server and of decisions are sent.",
      absent: "nowhere",
      more: "monitoring.md#traces",
      example: { collector: { namespace: "observability", name: "collector", pods: { app: "collector" } } },
    })
    .exactOptional(),
  outbound: outbound
    .meta({
      description:
        "What the gateway needs to reach login providers: an HTTP proxy, certificate authorities of your own.",
      absent: "nothing",
      more: "#outbound",
      example: { authorities: { configMapName: "internal-ca", key: "ca.crt" } },
    })
    .exactOptional(),
  serviceAccountIssuer: z
    .string()
    .meta({
      description:
        "Issuer of the cluster's service account tokens, as `kubectl get --raw /.well-known/openid-configuration` shows it, for services that accept them.",
      absent: "service account tokens are not accepted",
      more: "access.md#pods-of-the-cluster",
      example: "https://kubernetes.default.svc.cluster.local",
    })
    .exactOptional(),
  egress: egress
    .meta({
      description: "What the gateway's pods may connect to besides what each part needs, or off.",
      absent: "only what each part needs",
      more: "#egress",
      example: { alsoTo: { proxy: ["internet"] } },
    })
    .exactOptional(),
  upstreams: upstreams
    .meta({
      description:
        "What services may name for the connection to their upstreams: authorities, clientCertificates, credentials.",
      absent: "nothing",
      more: "#upstreams",
      example: { authorities: { internal: { configMapName: "internal-ca", key: "ca.crt" } } },
    })
    .exactOptional(),
  groups: groups
    .meta({
      description:
        "Groups of people that services name in access.groups, each {emails?, domains?}, {googleGroup, members?} or {provider, claims}.",
      absent: "none",
      more: "access.md#groups",
      example: { sre: { emails: ["alice@example.com"] } },
    })
    .exactOptional(),
  secretsVersion: count
    .meta({
      description: "Raise it by one to rotate the generated secrets; nobody is signed out.",
      byDefault: gatewayDefaults.secretsVersion,
      example: 2,
    })
    .exactOptional(),
  insecureDevMode: z
    .boolean()
    .meta({
      description:
        "Allows cookies over plain http to hosts outside .localhost, and login providers over plain http. Never use it in production.",
    })
    .default(gatewayDefaults.insecureDevMode),
  patches: gatewayPatches
    .meta({
      description: "For each part, a merge patch of the spec of its workload, for what no setting covers.",
      byDefault: {},
      typeName: "GatewayPatches",
    })
    .exactOptional(),
  demoUpstream: z
    .boolean()
    .meta({
      description:
        "Whether the stack also runs a vmagent and a victoria-metrics in the namespace monitoring, as something to protect.",
    })
    .default(false),
});

export type Plain = z.infer<typeof gatewaySchema>;
