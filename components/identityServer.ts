import type { Deployment } from "@pulumi/kubernetes/apps/v1";
import type { NetworkPolicy } from "@pulumi/kubernetes/networking/v1";
import {
  ComponentResource,
  Output,
  Resource,
  secret,
  type ComponentResourceOptions,
  type Input,
} from "@pulumi/pulumi";
import { refuseArguments } from "./shared/known";
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
import { labelsOf, podLabels, type Labels } from "./shared/labels";
import { createNetworkPolicy, pods, type NetworkPolicyPeer } from "./shared/networkPolicies";
import type { OutboundArgs } from "./shared/outbound";
import { longestNames, ownNameProblems } from "./shared/ownName";
import type { Patch } from "./shared/patch";
import { createRoute, type RouteArgs, type TlsArgs } from "./shared/route";
import { createService } from "./shared/service";

/** How long a session lasts, and its cookie. */
export interface SessionSettings {
  /** How long a session lasts. */
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

/** A mail server. Without one, no mail is ever sent. */
export interface SmtpSettings {
  /** Connection URI with credentials, always a secret: for example `smtps://user:password@mail.example.com:465`. */
  readonly uri: Input<string>;
  /** Email address of the sender. */
  readonly from: string;
  /**
   * Whether users can sign in with a link sent to their address, which bypasses the login provider.
   * @default false
   */
  readonly recovery?: boolean;
}

/** What the identity server has to know about its gateway. */
export interface IdentityServerArgs {
  /** The gateway's namespace. */
  readonly namespace: Input<string>;
  /** Images to use, as {@link resolveImages} returns them. */
  readonly images: Images;
  /** Public addresses of the gateway, as {@link addressesOf} returns them. */
  readonly addresses: Addresses;
  /** How requests reach the gateway: by an Ingress or an HTTPRoute. */
  readonly route: RouteArgs;
  /** Where the certificate comes from. */
  readonly tls: TlsArgs;
  /** The database of identities and sessions. */
  readonly database: DatabaseConnection;
  /** Login providers, in the order of their sign-in buttons. */
  readonly loginProviders: readonly LoginProvider[];
  /**
   * Members of the groups that login providers may admit.
   * @default there are none
   */
  readonly groups?: Readonly<Record<string, Input<GroupLists>>>;
  /**
   * Groups whose members are determined by login providers' claims; `leavers` has the claims read again.
   * @default there are none
   */
  readonly claimedGroups?: ClaimedGroups;
  /** How long a session lasts, and how its cookie is sent. */
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
   * How many pods it may have under load.
   * @default always as many as `replicas`
   */
  readonly autoscaling?: AutoscalingArgs;
  /** Raise it by one to rotate the generated secrets. */
  readonly secretsVersion: number;
  /** Whether cookies are sent over plain http to other hosts than `*.localhost`. Never use it in production. */
  readonly insecureDevMode: boolean;
  /**
   * How pages look.
   * @default the gateway's own
   */
  readonly branding?: Branding;
  /** Rate limits for browsers at Kratos; `off` if something in front of it limits them. */
  readonly signInLimits: EffectiveSignInLimits;
  /**
   * Pods that may connect to the public API. The ingress controller reaches only the front of it. Only the Job that
   * creates named identities and the check for leavers reach the admin API.
   */
  readonly clients: readonly NetworkPolicyPeer[];
  /**
   * Where a browser goes after signing out.
   * @default the login page
   */
  readonly signedOutUrl?: string;
  /**
   * The check that keeps out people who have left.
   * @default "off"
   */
  readonly leavers?: LeaversArgs | "off";
  /** Who may read the metrics, and nothing else of the admin API. */
  readonly metricsFrom: readonly NetworkPolicyPeer[];
  /**
   * Where Kratos' spans are sent.
   * @default nowhere
   */
  readonly tracing?: Tracing;
  /**
   * What it needs to reach login providers.
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
   * The same for its other workloads: the Jobs, the CronJobs and the courier.
   * @default nothing
   */
  readonly patches?: Readonly<Partial<Record<IdentityPart, Patch>>>;
}

/** Workloads of the identity server besides its Deployment. */
export type IdentityPart = "cleanup" | "courier" | "identityNames" | "leavers" | "migration";

const role = "identity-server";
const ports = { ...kratosPorts, front: frontPorts.front, metrics: kratosMetricsPort } as const;

/**
 * Ory Kratos: identities, sessions and the steps of a sign-in, behind an nginx that browsers reach. Its configuration
 * holds no secret: secrets are environment variables from a Secret. The database is migrated before a server of a new
 * version starts.
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
  /** Name of the Service of the admin API, which has no authentication and cannot be reached from pods of other components. */
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
    refuseArguments(
      this,
      `IdentityServer "${name}"`,
      { ...args, groups: { ...args.groups, ...args.claimedGroups }, loginProviders },
      (path, known) => [
        ...ownNameProblems("name", name, longestNames.withCronJobs),
        ...identityServerProblems(path, known),
      ],
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

  /** Created once the policy admits the ingress controller, so that a gateway of an earlier version keeps serving. */
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
   * Created before the servers: without it, a change of the database or of a login provider could keep them from ever
   * being ready. Nobody can connect to a server that has no policy of its own yet: the admin API has no authentication.
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

  /**
   * Created once every server has a front: the policy of a gateway of an earlier version lets the ingress controller
   * bypass it.
   */
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

  private get labels(): Labels {
    return labelsOf(this.name, role);
  }
}

/**
 * The arguments as a stack's state may show them. The database and the groups are left out: they are known late (the
 * database's host once it answers), and everything in a component waits until the component's own inputs are known. A
 * login provider is a resource of its own, and a state has only its name: `issuers` lets a preview show whose accounts
 * they are, and were.
 */
function shownInputs({ smtp, database: _, groups: _groups, ...args }: IdentityServerArgs): object {
  const issuers = Object.fromEntries(
    args.loginProviders.map(({ spec }) => [spec.id, accountsIssuer(spec) ?? ""]),
  );
  return {
    ...args,
    loginProviders: args.loginProviders.map(shownProvider),
    issuers,
    ...(smtp && { smtp: { ...smtp, uri: secret(smtp.uri) } }),
  };
}

/** A provider that is no component is shown with its fields, and its secret may come from an output that is not marked. */
function shownProvider(provider: LoginProvider): object {
  const { clientSecret } = provider;
  if (Resource.isInstance(provider) || !Output.isInstance(clientSecret)) return provider;
  return { ...provider, clientSecret: secret(clientSecret) };
}
