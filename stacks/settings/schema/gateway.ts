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
    .meta({ description: "How long a sign-in holds.", byDefault: sessionDefaults.lifespan })
    .exactOptional(),
  checkCache: z
    .union([z.literal("off"), duration], { error: 'Write "off" or a duration, for example "5s".' })
    .meta({
      description: "How long the proxy believes a valid session, at most 60s, or off.",
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
    .meta({ description: "SameSite of the session cookie.", byDefault: sessionDefaults.sameSite })
    .exactOptional(),
  cookieName: z
    .string()
    .meta({
      description:
        "Name of the session cookie, which begins with ory_kratos_. Two gateways of which one's domain is part of the other's need two names.",
      byDefault: sessionDefaults.cookieName,
    })
    .exactOptional(),
});

const rate = z
  .strictObject({
    perMinute: z.number().meta({ description: "In the long run." }),
    burst: z.number().meta({ description: "How many at once, on top of that." }),
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
            "How many proxies in front, the ingress controller among them, add an address to X-Forwarded-For.",
          byDefault: defaultSignInLimits.trustedHops,
        })
        .exactOptional(),
      starts: rateOf("starts", "Of a client: sign-ins and changes of an account that are begun."),
      submits: rateOf("submits", "Of a client: forms that are sent, and sign-outs."),
      callbacks: rateOf("callbacks", "Of a client: returns from a login provider."),
      secondSteps: rateOf("secondSteps", "Of a client: forms of the login page with a session."),
      secondStepsOfSession: rateOf("secondStepsOfSession", "The same, of one session."),
      total: rateOf("total", "Of all clients: starts, submits and callbacks."),
    }),
  ],
  { error: 'Write "off", or an object of rates, each {perMinute, burst}.' },
);

const smtp = z.strictObject({
  from: z.string().meta({ description: "Address of the sender, without a name." }),
  recovery: z
    .boolean()
    .meta({
      description: "Whether users get in by a link sent to their address, a way around the login provider.",
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
    .meta({ description: "Full references that replace single images.", absent: "none" })
    .exactOptional(),
});

/** What a gateway's stack may say, secrets aside. */
export const gatewaySchema = z.strictObject({
  kind: z
    .literal("gateway", { error: 'Write "gateway" or "services".' })
    .meta({
      description: "Kind of the stack; a team's has a project of its own in stacks/team.",
      more: "#a-teams-stack",
    })
    .default("gateway"),
  domain: z.string().meta({
    description:
      "Zone of all protected hosts and Domain of the session cookie; with the port where it is not the scheme's own.",
    example: "apps.example.com",
  }),
  route: route.meta({
    description: "How requests get in: by Ingress, or by kind: gatewayApi.",
    more: "#route",
  }),
  tls: tls.meta({
    description:
      "Where the certificate comes from: {issuer: {kind, name}} of cert-manager, {secretName}, external, or off for plain http.",
    more: "#tls",
    example: { secretName: "apps-tls" },
  }),
  loginProviders: list(loginProvider, "{id, issuerUrl, clientId, admit}").meta({
    description: "Sign-in buttons, in this order.",
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
        "Whether somebody without a session goes to the one login provider at once. Whoever has signed out, or was refused, gets the page.",
      absent: "true with one login provider and this library's login UI",
      more: "#login-ui",
      example: false,
    })
    .exactOptional(),
  replicas: count
    .meta({
      description: "Pods of the proxy, of the identity server and of the login UI, each.",
      byDefault: gatewayDefaults.replicas,
      example: 3,
    })
    .exactOptional(),
  autoscaling: autoscaling
    .meta({
      description: "How many pods of the proxy and of the identity server there may be under load.",
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
      description: "How long and how strictly a sign-in holds.",
      byDefault: {},
      more: "#session",
      example: { lifespan: "8h", onePerUser: true },
    })
    .exactOptional(),
  leavers: leavers
    .meta({
      description: "A check that deactivates who has left every list, and ends their sessions, or off.",
      byDefault: gatewayDefaults.leavers,
      more: "leavers.md",
      example: { schedule: "*/5 * * * *", atMost: 20 },
    })
    .exactOptional(),
  signInLimits: signInLimits
    .meta({
      description: "How often browsers may make the identity server work, or off.",
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
      description: "Mail; the server is a secret.",
      absent: "no mail is ever sent",
      more: "#mail",
      example: { from: "login@example.com" },
    })
    .exactOptional(),
  images: images
    .meta({
      description: "A mirror of images, or single images of one's own.",
      byDefault: {},
      more: "#images",
      example: { registry: "registry.example.com/mirror" },
    })
    .exactOptional(),
  crd: z
    .enum(["create", "existing"])
    .meta({
      description:
        "existing where the cluster has the custom resource definition of Rule already. A gateway that has made it keeps create: else it would be deleted, and with it every Rule of the cluster. No other Oathkeeper Maester may serve the cluster: both would work on every Rule.",
      byDefault: gatewayDefaults.crd,
      example: "existing",
    })
    .exactOptional(),
  unprotectedHosts: z
    .array(
      z.strictObject({
        host: z.string().meta({ description: "A host of the domain, or *. and a name for all below it." }),
        namespace: z.string().meta({ description: "The namespace whose routes may have it." }),
      }),
    )
    .meta({
      description:
        "Hosts of the domain that another namespace may lead elsewhere than to the proxy. Whoever serves one is sent every visitor's session.",
      byDefault: [],
      more: "admission.md#let-a-host-lead-elsewhere",
      example: [{ host: "status.apps.example.com", namespace: "status" }],
    })
    .exactOptional(),
  metricsFrom: z
    .array(peer)
    .meta({
      description:
        "Who may read the metrics of the proxy, the identity server and the rule operator, as NetworkPolicy peers.",
      byDefault: [],
    })
    .exactOptional(),
  monitoring: monitoring
    .meta({
      description: "Scraping, alerts and a dashboard, for an operator that the cluster has.",
      byDefault: { serviceMonitors: false, alerts: false },
      more: "monitoring.md",
      example: { serviceMonitors: true, alerts: true },
    })
    .exactOptional(),
  tracing: tracing
    .meta({
      description: "Where the spans of the identity server and of decisions go.",
      absent: "nowhere",
      more: "monitoring.md#traces",
      example: { collector: { namespace: "observability", name: "collector", pods: { app: "collector" } } },
    })
    .exactOptional(),
  outbound: outbound
    .meta({
      description:
        "What lies between the gateway and login providers: an HTTP proxy, certificate authorities of one's own.",
      absent: "nothing",
      more: "#outbound",
      example: { authorities: { configMapName: "internal-ca", key: "ca.crt" } },
    })
    .exactOptional(),
  serviceAccountIssuer: z
    .string()
    .meta({
      description:
        "The issuer of the cluster's service account tokens, as `kubectl get --raw /.well-known/openid-configuration` shows it, for services that take them.",
      absent: "no service account is a caller",
      more: "access.md#pods-of-the-cluster",
      example: "https://kubernetes.default.svc.cluster.local",
    })
    .exactOptional(),
  egress: egress
    .meta({
      description: "What the gateway's pods may connect to besides what each part needs, or off.",
      absent: "what is needed",
      more: "#egress",
      example: { alsoTo: { proxy: ["internet"] } },
    })
    .exactOptional(),
  upstreams: upstreams
    .meta({
      description:
        "What services may name to have their upstreams asked with: authorities, clientCertificates, credentials.",
      absent: "nothing",
      more: "#upstreams",
      example: { authorities: { internal: { configMapName: "internal-ca", key: "ca.crt" } } },
    })
    .exactOptional(),
  groups: groups
    .meta({
      description:
        "People whom services call by one name in access.groups, each {emails?, domains?}, {googleGroup, members?} or {provider, claims}.",
      absent: "none",
      more: "access.md#groups",
      example: { sre: { emails: ["alice@example.com"] } },
    })
    .exactOptional(),
  secretsVersion: count
    .meta({
      description: "Raised by one to rotate the generated secrets; nobody is signed out.",
      byDefault: gatewayDefaults.secretsVersion,
      example: 2,
    })
    .exactOptional(),
  insecureDevMode: z
    .boolean()
    .meta({
      description:
        "Cookies over plain http to hosts outside .localhost, login providers over plain http. Never in production.",
    })
    .default(gatewayDefaults.insecureDevMode),
  patches: gatewayPatches
    .meta({
      description: "By part, a merge patch of the spec of its workload, for what no setting says.",
      byDefault: {},
      typeName: "GatewayPatches",
    })
    .exactOptional(),
  demoUpstream: z
    .boolean()
    .meta({
      description:
        "Whether the stack also runs a vmagent and a victoria-metrics in the namespace monitoring, to have something to protect.",
    })
    .default(false),
});

export type Plain = z.infer<typeof gatewaySchema>;
