import type { UnprotectedHost } from "../../documents/admission/hosts";
import type { SecondFactor } from "../../documents/kratos/secondFactor";
import type { SignInLimits } from "../../documents/kratos/signInLimits";
import type { Branding } from "../../documents/shared/branding";
import type { SameSite } from "../../documents/shared/cookies";
import type { Duration } from "../../documents/shared/duration";
import type { Release } from "../../documents/shared/release";
import type { SmtpSettings } from "../identityServer";
import type { LeaversArgs } from "../identityServer/leavers";
import type { UpstreamsArgs } from "../accessProxy/upstreams";
import type { LoginUiChoice } from "../loginUi/choice";
import type { MonitoringSettings } from "../monitoring";
import type { GroupArgs } from "./groups";
import type { GatewayNamespaceArgs } from "./namespace";
import type { LoginProvider } from "../oidcClient";
import type { DatabaseArgs } from "../postgres";
import type { AutoscalingArgs } from "../shared/autoscaling";
import type { EgressArgs } from "../shared/egress";
import type { ImageArgs } from "../shared/images";
import type { NetworkPolicyPeer } from "../shared/networkPolicies";
import type { RouteArgs, TlsArgs } from "../shared/route";
import type { OutboundArgs } from "../shared/outbound";
import type { TracingArgs } from "../shared/tracing";
import type { GatewayPatches } from "./patches";

/** How long a sign-in lasts, and how soon a revoked one is noticed. */
export interface SessionArgs {
  /** @default "24h" */
  readonly lifespan?: Duration;
  /**
   * How long the proxy caches that a session is valid, and so how late it notices a revoked session. Open WebSockets
   * and streams continue until they end. With `off`, the proxy asks the identity server on every request. At most a
   * minute.
   * @default "5s"
   */
  readonly checkCache?: Duration | "off";
  /**
   * Whether a new sign-in ends the user's other sessions.
   * @default false
   */
  readonly onePerUser?: boolean;
  /** @default "Lax" */
  readonly sameSite?: SameSite;
  /**
   * Name of the session cookie, which begins with `ory_kratos_`. If one gateway's domain is inside another's, the two
   * need different names: a browser sends both cookies to both.
   * @default "ory_kratos_session"
   */
  readonly cookieName?: string;
}

/** Arguments of a gateway. Only `domain`, `loginProviders`, `route` and `tls` have no default. */
export interface AccessGatewayArgs {
  /**
   * Domain of all protected hosts and of the session cookie, with the port that browsers use if it is not the scheme's
   * default, for example `apps.example.com`.
   */
  readonly domain: string;
  /** Login providers, in the order of their sign-in buttons; each says whom it admits. */
  readonly loginProviders: readonly LoginProvider[];
  /** How requests reach the gateway: by an Ingress or an HTTPRoute. */
  readonly route: RouteArgs;
  /** Where the certificate comes from. */
  readonly tls: TlsArgs;
  /**
   * Namespace of the gateway's parts: one that the gateway creates, with labels and annotations of your own, or one
   * that already exists.
   * @default { name: "portcullis", create: true }
   */
  readonly namespace?: GatewayNamespaceArgs;
  /** @default a server in the cluster */
  readonly database?: DatabaseArgs;
  /**
   * How long a sign-in lasts, and how soon a revoked one is noticed.
   * @default the defaults of {@link SessionArgs}
   */
  readonly session?: SessionArgs;
  /**
   * A check in the cluster that deactivates people who are no longer on any list, and ends their sessions. Without it,
   * the lists apply only to a first sign-in.
   * @default "off"
   */
  readonly leavers?: LeaversArgs | "off";
  /**
   * Whether users may, or must, have a second factor: TOTP, a security key or a passkey, recovery codes. Users who must
   * have one and have none yet are sent to set one up.
   * @default "off"
   */
  readonly secondFactor?: SecondFactor;
  /**
   * How often one client may sign in, and how clients behind the ingress controller are told apart. Use `off` if
   * something in front of the gateway limits requests: the client is then the last address of `X-Forwarded-For`.
   * @default { trustedHops: 1 }, and the rates of {@link SignInLimits}
   */
  readonly signInLimits?: SignInLimits | "off";
  /**
   * How the gateway's own pages look: the sign-in pages, unless they are another login UI's, the pages of the identity
   * server's limits, and the pages that refuse somebody or say what fails. Its `texts` are those of the last ones, and
   * `loginUi.texts` those of the sign-in pages.
   * @default plain pages in English, without a name
   */
  readonly branding?: Branding;
  /** @default no mail is ever sent */
  readonly smtp?: SmtpSettings;
  /**
   * The pages that people sign in on: this library's, Ory's reference UI, or an image of your own.
   * @default { kind: "portcullis" }
   */
  readonly loginUi?: LoginUiChoice;
  /**
   * Whether people without a session go straight to the only login provider, without the login page with its button.
   * People who have signed out or were refused still get the page.
   * @default true with one login provider and this library's login UI
   */
  readonly skipLoginPage?: boolean;
  /**
   * Number of pods of the proxy, the identity server and the login UI, each.
   * @default 2
   */
  readonly replicas?: number;
  /**
   * How many pods the proxy and the identity server may have under load. Needs a source of resource metrics, such as
   * metrics-server.
   * @default always as many as `replicas`
   */
  readonly autoscaling?: AutoscalingArgs;
  /**
   * Release set of Ory.
   * @default "v26.2"
   */
  readonly release?: Release;
  /**
   * Registry, pull secrets and individual images.
   * @default the public registries
   */
  readonly images?: ImageArgs;
  /**
   * `existing` if the cluster already has the custom resource definition of `Rule`. Keep `create` for a gateway that
   * has created it: otherwise the gateway deletes the definition, and every `Rule` of the cluster with it.
   * @default "create"
   */
  readonly crd?: "create" | "existing";
  /**
   * Hosts of the domain that another namespace may route elsewhere than to the proxy, for example a public status page.
   * Whatever serves such a host receives the session of every visitor.
   * @default none: the API server refuses such a route
   */
  readonly unprotectedHosts?: readonly UnprotectedHost[];
  /**
   * Who may read the metrics of the proxy, the identity server and the rule operator.
   * @default nobody
   */
  readonly metricsFrom?: readonly NetworkPolicyPeer[];
  /**
   * Objects for a Prometheus or VictoriaMetrics operator in the cluster.
   * @default none
   */
  readonly monitoring?: MonitoringSettings;
  /**
   * Where the spans of the identity server and of decisions are sent. In any case, a request's `traceparent` reaches
   * the service.
   * @default nowhere
   * @see https://opentelemetry.io/docs/specs/otlp/
   */
  readonly tracing?: TracingArgs;
  /**
   * What the gateway needs to reach login providers: an HTTP proxy, certificate authorities of your own.
   * @default nothing
   */
  readonly outbound?: OutboundArgs;
  /**
   * The `iss` of the cluster's service account tokens, as `kubectl get --raw /.well-known/openid-configuration` shows
   * it. With it, services may accept service accounts as `machines`, and a pod of the gateway reads their public keys.
   * @default none: service account tokens are not accepted
   * @see https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#service-account-issuer-discovery
   */
  readonly serviceAccountIssuer?: string;
  /**
   * What services may name for the connection to their upstreams: certificate authorities, client certificates, secret
   * headers. All of it is in the gateway's namespace, so that no pod of the proxy has rights in the cluster.
   * @default nothing
   */
  readonly upstreams?: UpstreamsArgs;
  /**
   * Groups of people that services name in `access.groups`. A change of a group takes effect as fast as a change of a
   * Rule, and changes no service.
   * @default none
   */
  readonly groups?: Readonly<Record<string, GroupArgs>>;
  /**
   * What the gateway's pods may connect to besides what each part needs; `off` restricts nothing.
   * @default nothing
   */
  readonly egress?: EgressArgs | "off";
  /**
   * Raise it by one to rotate the identity server's generated secrets.
   * @default 1
   */
  readonly secretsVersion?: number;
  /**
   * Allows cookies over plain http to hosts outside `.localhost`, and login providers over plain http. Never use it in
   * production.
   * @default false
   */
  readonly insecureDevMode?: boolean;
  /**
   * Changes to the `spec` of a part's Deployment, StatefulSet, Job or CronJob that no argument covers: a merge patch
   * each, and `everyPod` for the pods of all of them.
   * @default nothing
   */
  readonly patches?: GatewayPatches;
}
