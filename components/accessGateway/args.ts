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
   * How long the proxy believes a valid session, and so how late a revoked one is noticed. Open WebSockets and streams
   * live on until they end. `off` asks the identity server on every request. A minute at most.
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
   * Name of the session cookie, which begins with `ory_kratos_`. Two gateways of which one's domain is part of the other's
   * need two names: a browser sends both cookies to both.
   * @default "ory_kratos_session"
   */
  readonly cookieName?: string;
}

/** What a gateway is made of. Only `domain`, `loginProviders`, `route` and `tls` have no default. */
export interface AccessGatewayArgs {
  /**
   * Zone of all protected hosts and Domain of the session cookie, with the port browsers use where it is not the
   * scheme's own, for example `apps.example.com`.
   */
  readonly domain: string;
  /** Sign-in buttons in this order; each says whom it admits. */
  readonly loginProviders: readonly LoginProvider[];
  /** How requests get in: by an Ingress or an HTTPRoute. */
  readonly route: RouteArgs;
  /** Where the certificate comes from. */
  readonly tls: TlsArgs;
  /**
   * Where its parts are: a namespace that the gateway makes, with labels and annotations of your own, or one that is there.
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
   * A check in the cluster that deactivates who has left every list, and ends their sessions. Lists are otherwise for a first
   * sign-in only.
   * @default "off"
   */
  readonly leavers?: LeaversArgs | "off";
  /**
   * Whether users may, or must, have a second factor: TOTP, a security key or a passkey, recovery codes. Whoever must and
   * has none yet is sent to set one up.
   * @default "off"
   */
  readonly secondFactor?: SecondFactor;
  /**
   * How often one client may sign in, and how it is told from others behind the ingress controller. `off` where something
   * in front of the gateway limits requests.
   * @default { trustedHops: 1 }, and the rates of {@link SignInLimits}
   */
  readonly signInLimits?: SignInLimits | "off";
  /**
   * How the gateway's own pages look: those to sign in on, unless they are another login UI's, those that refuse somebody,
   * and those of the identity server's limits. What the latter say can be set too; for the others `loginUi.texts` does.
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
   * Whether somebody without a session goes to the one login provider at once, without a page to press its button on.
   * Whoever has signed out, or was refused, gets the page.
   * @default true with one login provider and this library's login UI
   */
  readonly skipLoginPage?: boolean;
  /**
   * Pods of the proxy, the identity server and the login UI, each.
   * @default 2
   */
  readonly replicas?: number;
  /**
   * How many pods of the proxy and of the identity server there may be under load. Needs a source of resource metrics, such
   * as metrics-server.
   * @default always as many as `replicas`
   */
  readonly autoscaling?: AutoscalingArgs;
  /**
   * Release set of Ory.
   * @default "v26.2"
   */
  readonly release?: Release;
  /**
   * Registry, pull secrets and single images.
   * @default the public registries
   */
  readonly images?: ImageArgs;
  /**
   * `existing` where the cluster has the custom resource definition of `Rule` already. A gateway that has made it keeps
   * `create`: else it would delete it, and with it every `Rule` of the cluster.
   * @default "create"
   */
  readonly crd?: "create" | "existing";
  /**
   * Hosts of the domain that another namespace may lead elsewhere than to the proxy, for example a public status page.
   * Whoever serves one is sent the session of every visitor.
   * @default none: the API server refuses such a route
   */
  readonly unprotectedHosts?: readonly UnprotectedHost[];
  /**
   * Who may read the metrics of the proxy, the identity server and the rule operator.
   * @default nobody
   */
  readonly metricsFrom?: readonly NetworkPolicyPeer[];
  /**
   * Objects for an operator of Prometheus or VictoriaMetrics that the cluster has.
   * @default none
   */
  readonly monitoring?: MonitoringSettings;
  /**
   * Where the spans of the identity server and of decisions go. Whatever it is, a request's `traceparent` reaches the service.
   * @default nowhere
   * @see https://opentelemetry.io/docs/specs/otlp/
   */
  readonly tracing?: TracingArgs;
  /**
   * What lies between the gateway and login providers: an HTTP proxy, certificate authorities of one's own.
   * @default nothing
   */
  readonly outbound?: OutboundArgs;
  /**
   * The `iss` of the cluster's service account tokens, as `kubectl get --raw /.well-known/openid-configuration` shows it.
   * With it, services may take service accounts as `machines`, and a pod of the gateway reads their public keys.
   * @default none, and no service account is a caller
   * @see https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#service-account-issuer-discovery
   */
  readonly serviceAccountIssuer?: string;
  /**
   * What services may name to have their upstreams asked with: certificate authorities, client certificates, secret
   * headers. All of it is in the gateway's namespace, so that no pod of the proxy has rights in the cluster.
   * @default nothing
   */
  readonly upstreams?: UpstreamsArgs;
  /**
   * People whom services call by one name, in `access.groups`. A change of a group is live as soon as a change of a Rule is, and
   * changes no service.
   * @default none
   */
  readonly groups?: Readonly<Record<string, GroupArgs>>;
  /**
   * What the gateway's pods may connect to besides what each part needs; `off` where nothing is to be closed.
   * @default nothing
   */
  readonly egress?: EgressArgs | "off";
  /**
   * Raised by one to rotate the identity server's generated secrets.
   * @default 1
   */
  readonly secretsVersion?: number;
  /**
   * Cookies over plain http to hosts outside `.localhost`, and login providers asked over plain http. Never in production.
   * @default false
   */
  readonly insecureDevMode?: boolean;
  /**
   * What to change in the `spec` of a part's Deployment, StatefulSet, Job or CronJob, where no argument does: a merge
   * patch each, and `everyPod` for the pods of all of them.
   * @default nothing
   */
  readonly patches?: GatewayPatches;
}
