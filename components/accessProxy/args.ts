import type { Input } from "@pulumi/pulumi";
import type { SecondFactor } from "../../documents/kratos/secondFactor";
import type { Branding } from "../../documents/shared/branding";
import type { Duration } from "../../documents/shared/duration";
import type { Tracing } from "../../documents/shared/tracing";
import type { Addresses } from "../shared/addresses";
import type { AuthoritiesSource } from "../shared/authorities";
import type { AutoscalingArgs } from "../shared/autoscaling";
import type { SecretReference } from "../shared/clientSecret";
import type { PartEgress } from "../shared/egress";
import type { Images } from "../shared/images";
import type { Annotations } from "../shared/labels";
import type { NetworkPolicyPeer } from "../shared/networkPolicies";
import type { Patch } from "../shared/patch";
import type { UpstreamsArgs } from "./upstreams";

/** What the proxy has to know about its gateway. */
export interface AccessProxyArgs {
  /** The gateway's namespace. */
  readonly namespace: Input<string>;
  /** Images to use, as {@link resolveImages} returns them. */
  readonly images: Images;
  /** Public addresses of the gateway, as {@link addressesOf} returns them. */
  readonly addresses: Addresses;
  /** Name of the Service of Kratos' public API. */
  readonly identityService: Input<string>;
  /** @default the proxy's own namespace */
  readonly identityNamespace?: Input<string>;
  /**
   * Port of that Service.
   * @default 4433
   */
  readonly identityPort?: number;
  /** URL from which the rules are fetched, without a slash at the end. */
  readonly rulesUrl: Input<string>;
  /** Credentials for the rule server, in a Secret of the proxy's namespace. */
  readonly rulesCredentials: SecretReference;
  /** How long a decision is cached, and so how late a revoked session is noticed. */
  readonly sessionCheck: Duration | "off";
  /**
   * Name of the session cookie.
   * @default "ory_kratos_session"
   */
  readonly sessionCookie?: string;
  /** Whether a session needs a second factor. */
  readonly secondFactor: SecondFactor;
  /**
   * How pages look, and what they say.
   * @default the gateway's own
   */
  readonly branding?: Branding;
  /** Number of pods. */
  readonly replicas: number;
  /**
   * How many pods it may have under load.
   * @default always as many as `replicas`
   */
  readonly autoscaling?: AutoscalingArgs;
  /** Raise it by one to rotate the key that signs identities for upstreams. */
  readonly secretsVersion: number;
  /**
   * Name of the Service with the keys of the cluster's service accounts.
   * @default service account tokens are not accepted
   */
  readonly serviceAccountKeys?: string | undefined;
  /** The ingress controller's pods: their forwarded headers are trusted, and nothing else may connect. */
  readonly ingressFrom: readonly NetworkPolicyPeer[];
  /**
   * Annotations of the Services that routes lead to.
   * @default none
   */
  readonly serviceAnnotations?: Annotations | undefined;
  /** Who may read the metrics. */
  readonly metricsFrom: readonly NetworkPolicyPeer[];
  /**
   * Certificates and credentials for upstreams, by the names that Rules use.
   * @default nothing
   */
  readonly upstreams?: UpstreamsArgs;
  /**
   * Certificate authorities of the issuers of bearer tokens, in addition to the public ones.
   * @default none
   */
  readonly issuerAuthorities?: AuthoritiesSource;
  /**
   * Where Oathkeeper's spans are sent.
   * @default nowhere
   */
  readonly tracing?: Tracing;
  /**
   * Where its pods may connect to, besides what they need.
   * @default nowhere
   */
  readonly egress?: PartEgress;
  /**
   * What to change in the Deployment's `spec`.
   * @default nothing
   */
  readonly patch?: Patch;
}
