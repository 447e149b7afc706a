import type { Deployment } from "@pulumi/kubernetes/apps/v1";
import type { NetworkPolicy } from "@pulumi/kubernetes/networking/v1";
import {
  ComponentResource,
  secret,
  type ComponentResourceOptions,
  type Input,
  type Output,
  type Resource,
} from "@pulumi/pulumi";
import { refuseKnown } from "./shared/known";
import { identityServerProblems } from "./identityServer/problems";
import type { SameSite } from "../documents/shared/cookies";
import type { Duration } from "../documents/shared/duration";
import type { Tracing } from "../documents/shared/tracing";
import { kratosPorts } from "../documents/kratos/config";
import type { SecondFactor } from "../documents/kratos/secondFactor";
import { accountsIssuer, callbackUrl, providerPorts } from "../documents/kratos/loginProvider";
import type { Branding } from "../documents/shared/branding";
import type { EffectiveSignInLimits } from "../documents/kratos/signInLimits";
import { frontPorts } from "../documents/nginx/kratosFront";
import { kratosMetricsPort } from "../documents/nginx/kratosMetrics";
import type { ClaimedGroups } from "../documents/kratos/claimedGroups";
import type { GroupLists } from "../documents/rules/groupLists";
import { databaseEgress, type DatabaseConnection } from "./database/connection";
import { createCleanup } from "./identityServer/cleanup";
import { createConfigMap } from "./identityServer/configMap";
import { createCourier } from "./identityServer/courier";
import { createEnvironment } from "./identityServer/environment";
import { createLeavers, type LeaversArgs } from "./identityServer/leavers";
import { createMigration } from "./identityServer/migration";
import { adminRoles } from "./identityServer/admins";
import { createNamedIdentities } from "./identityServer/namedIdentities";
import { KratosPods } from "./identityServer/pods";
import { createServer } from "./identityServer/server";
import type { LoginProvider } from "./oidcClient";
import type { Addresses } from "./shared/addresses";
import type { AutoscalingArgs } from "./shared/autoscaling";
import { createDisruptionBudget } from "./shared/disruptionBudget";
import { egressRules, internet, type PartEgress } from "./shared/egress";
import type { Images } from "./shared/images";
import { labelsOf, podLabels } from "./shared/labels";
import { createNetworkPolicy, pods, type NetworkPolicyPeer } from "./shared/networkPolicies";
import type { OutboundArgs } from "./shared/outbound";
import type { Patch } from "./shared/patch";
import { createRoute, type RouteArgs, type TlsArgs } from "./shared/route";
import { createService } from "./shared/service";

/** How long and how strictly a sign-in holds. */
export interface SessionSettings {
  /** How long a sign-in lasts. */
  readonly lifespan: Duration;
  /** Whether a new sign-in ends the user's other sessions. */
  readonly onePerUser: boolean;
  /** Attribute of the session cookie. */
  readonly sameSite: SameSite;
  /**
   * Name of the session cookie, which begins with `ory_kratos_`.
   * @default "ory_kratos_session"
   */
  readonly cookieName?: string;
}

/** A mail server. Without one no mail is ever sent. */
export interface SmtpSettings {
  /** Connection URI with credentials, always a secret: for example `smtps://user:password@mail.example.com:465`. */
  readonly uri: Input<string>;
  /** Sender address. */
  readonly from: string;
  /**
   * Whether users can get in by a link sent to their address: a way around the login provider.
   * @default false
   */
  readonly recovery?: boolean;
}

/** What the identity server is told of its gateway. */
export interface IdentityServerArgs {
  /** The gateway's namespace. */
  readonly namespace: Input<string>;
  /** Where images come from, as {@link resolveImages} gives it. */
  readonly images: Images;
  /** Where browsers find the gateway, as {@link addressesOf} gives it. */
  readonly addresses: Addresses;
  /** How requests get in: by an Ingress or an HTTPRoute. */
  readonly route: RouteArgs;
  /** Where the certificate comes from. */
  readonly tls: TlsArgs;
  /** Where identities and sessions are kept. */
  readonly database: DatabaseConnection;
  /** In the order of the sign-in buttons. */
  readonly loginProviders: readonly LoginProvider[];
  /**
   * Who is in the groups that login providers may admit.
   * @default there are none
   */
  readonly groups?: Readonly<Record<string, Input<GroupLists>>>;
  /**
   * Groups of which login providers' claims say who is in them; `leavers` has the claims read again.
   * @default there are none
   */
  readonly claimedGroups?: ClaimedGroups;
  /** How long a sign-in lasts, and how its cookie is sent. */
  readonly session: SessionSettings;
  /** Whether people may, or must, have a second factor. */
  readonly secondFactor: SecondFactor;
  /**
   * The mail server.
   * @default no mail is ever sent
   */
  readonly smtp?: SmtpSettings;
  /** Number of pods. */
  readonly replicas: number;
  /**
   * How many pods there may be under load.
   * @default always as many as `replicas`
   */
  readonly autoscaling?: AutoscalingArgs;
  /** Raised by one to rotate the generated secrets. */
  readonly secretsVersion: number;
  /** Whether cookies are sent over plain http to other hosts than `*.localhost`. Never in production. */
  readonly insecureDevMode: boolean;
  /**
   * How pages look.
   * @default the gateway's own
   */
  readonly branding?: Branding;
  /** How often browsers may make Kratos work; `off` where something in front of it limits them. */
  readonly signInLimits: EffectiveSignInLimits;
  /**
   * Pods that may ask the public API. The ingress controller reaches only the front of it, and nothing the admin API but
   * the Job that makes named identities and the check for leavers.
   */
  readonly clients: readonly NetworkPolicyPeer[];
  /**
   * Where a browser goes that has signed out.
   * @default the login page
   */
  readonly signedOutUrl?: string;
  /**
   * The check that keeps out who has left.
   * @default "off"
   */
  readonly leavers?: LeaversArgs | "off";
  /** Who may read the metrics, and nothing else of the admin API. */
  readonly metricsFrom: readonly NetworkPolicyPeer[];
  /**
   * Where Kratos' spans go.
   * @default nowhere
   */
  readonly tracing?: Tracing;
  /**
   * What lies between it and login providers.
   * @default nothing
   */
  readonly outbound?: OutboundArgs;
  /**
   * What its pods may connect to besides the database, login providers on public addresses and the mail server.
   * @default nothing
   */
  readonly egress?: PartEgress;
  /**
   * What to change in the Deployment's `spec`.
   * @default nothing
   */
  readonly patch?: Patch;
  /**
   * The same of its other workloads: the Jobs, the CronJobs and the courier.
   * @default nothing
   */
  readonly patches?: Readonly<Partial<Record<IdentityPart, Patch>>>;
}

/** What the identity server has besides its Deployment. */
export type IdentityPart = "cleanup" | "courier" | "identityNames" | "leavers" | "migration";

const role = "identity-server";
const ports = { ...kratosPorts, front: frontPorts.front, metrics: kratosMetricsPort } as const;

/**
 * Ory Kratos: identities, sessions and the steps of a sign-in, behind an nginx that browsers reach. Its configuration holds no secret; those are environment
 * variables from a Secret. The database is migrated before a server of a new version starts.
 *
 * @example
 * const identityServer = new IdentityServer("identity", {
 *   namespace: "portcullis", images, addresses, route, tls: "off",
 *   database: postgres.connection,
 *   loginProviders: [staff],
 *   session: { lifespan: "24h", onePerUser: true, sameSite: "Lax" },
 *   secondFactor: "off", replicas: 2, secretsVersion: 1, insecureDevMode: false, clients: [], metricsFrom: [],
 *   signInLimits: "off",
 * });
 * @see https://www.ory.com/docs/kratos/ory-kratos-intro
 */
export class IdentityServer extends ComponentResource {
  /** Type token of the component, which is part of every URN. */
  static readonly token = "portcullis:index:IdentityServer";

  /** Name of the Service of the public API, for the proxy and the login UI. */
  readonly publicService: Output<string>;
  /** Name of the Service that the route of its host leads to. */
  readonly frontService: Output<string>;
  /** Name of the Service of the admin API, which has no authentication and no way in from pods of other components. */
  readonly adminService: Output<string>;
  /** The redirect URI to register at each login provider, by its id. */
  readonly callbackUrls: Readonly<Record<string, string>>;

  constructor(
    private readonly name: string,
    private readonly args: IdentityServerArgs,
    opts?: ComponentResourceOptions,
  ) {
    super(IdentityServer.token, name, shownInputs(args), opts);
    const loginProviders = args.loginProviders.map(({ spec }) => spec);
    refuseKnown(
      this,
      `IdentityServer "${name}"`,
      { ...args, groups: { ...args.groups, ...args.claimedGroups }, loginProviders },
      identityServerProblems,
    );
    const child = { parent: this };

    this.callbackUrls = Object.fromEntries(
      args.loginProviders.map(({ spec }) => [spec.id, callbackUrl(args.addresses.identityServer.url, spec)]),
    );
    const config = createConfigMap(name, args, child);
    const kratosPods = new KratosPods(args, config, createEnvironment(name, args, child));

    const migration = createMigration(name, args, kratosPods, child);
    const afterMigration = { ...child, dependsOn: [migration] };
    this.adminService = this.createService("admin");
    const server = createServer(name, args, kratosPods, {
      ...child,
      dependsOn: [migration, this.createIsolation(), ...this.createLeavers()],
    });
    if (args.smtp) createCourier(name, args, args.smtp, kratosPods, afterMigration);
    createCleanup(name, args, kratosPods, afterMigration);
    this.publicService = this.createService("public");
    if (args.metricsFrom.length > 0) this.createService("metrics");
    const policy = this.createNetworkPolicy(server);
    this.frontService = this.createService("front");
    this.createRoute(policy);
    createNamedIdentities(name, args, this.adminService, [policy], child);
    createDisruptionBudget(name, { ...args, role, labels: this.labels }, child);

    this.registerOutputs({ callbackUrls: this.callbackUrls, publicService: this.publicService });
  }

  private createService(listener: keyof typeof ports): Output<string> {
    const { namespace, route } = this.args;
    const port = { name: listener, number: ports[listener] };
    const annotations = listener === "front" ? route.serviceAnnotations : undefined;
    const args = { namespace, labels: this.labels, role, port, annotations } as const;
    return createService(`${this.name}-${listener}`, args, { parent: this }).metadata.name;
  }

  /** Once the policy lets the ingress controller in, so that a gateway of before goes on to serve. */
  private createRoute(policy: NetworkPolicy): void {
    const { addresses, namespace, route, tls } = this.args;
    createRoute(
      this.name,
      {
        namespace,
        labels: this.labels,
        hosts: [addresses.identityServer.host],
        service: { name: this.frontService, port: frontPorts.front },
        route,
        tls,
      },
      { parent: this, dependsOn: [policy] },
    );
  }

  /**
   * Before the servers, which another database or login provider could else keep from ever being ready. Nobody connects to
   * one whose own policy has yet to come: the admin API has no authentication.
   */
  private createIsolation(): NetworkPolicy {
    const { database, loginProviders, namespace, outbound } = this.args;
    // What an HTTP proxy connects to is its own affair.
    const toProviders = outbound?.httpsProxy
      ? []
      : [internet(providerPorts(loginProviders.map(({ spec }) => spec)))];
    const egress = egressRules(this.args.egress, [databaseEgress(database), ...toProviders]);
    return createNetworkPolicy(
      `${this.name}-egress`,
      { namespace, pods: podLabels(role), labels: this.labels, rules: [], egress },
      { parent: this },
    );
  }

  private createLeavers(): Resource[] {
    const { leavers = "off" } = this.args;
    if (leavers === "off") return [];
    return [createLeavers(this.name, leavers, this.args, this.adminService, { parent: this })];
  }

  /** Once every server has a front: the policy of a gateway of before lets the ingress controller pass it. */
  private createNetworkPolicy(server: Deployment): NetworkPolicy {
    const { clients, metricsFrom, namespace, route } = this.args;
    const admins = adminRoles(this.args).map((client) => pods(podLabels(client)));
    return createNetworkPolicy(
      this.name,
      {
        namespace,
        pods: podLabels(role),
        labels: this.labels,
        rules: [
          { from: route.from, ports: [frontPorts.front] },
          { from: clients, ports: [kratosPorts.public] },
          { from: admins, ports: [kratosPorts.admin] },
          { from: metricsFrom, ports: [kratosMetricsPort] },
        ],
      },
      { parent: this, dependsOn: [server] },
    );
  }

  private get labels() {
    return labelsOf(this.name, role);
  }
}

/**
 * The arguments as a stack's state may show them. The database and the groups are left out: they are known late, the
 * database's host once it answers, and everything in a component waits until the component's own inputs are known. A login
 * provider is a resource of its own, of which a state has the name only: `issuers` is for a preview to show whose accounts they
 * are, and were.
 */
function shownInputs({ smtp, database: _, groups: _groups, ...args }: IdentityServerArgs): object {
  const issuers = Object.fromEntries(
    args.loginProviders.map(({ spec }) => [spec.id, accountsIssuer(spec) ?? ""]),
  );
  return { ...args, issuers, ...(smtp && { smtp: { ...smtp, uri: secret(smtp.uri) } }) };
}
