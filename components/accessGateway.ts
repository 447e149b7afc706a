import {
  all,
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  type Output,
} from "@pulumi/pulumi";
import type { ClaimedGroups } from "../documents/kratos/claimedGroups";
import type { ToldAdmission } from "../documents/kratos/admit";
import { argument } from "../documents/shared/problem";
import { refOf, routedServices } from "./accessGateway/outputs";
import { admissionsOf } from "./identityServer/admissions";
import type { AccessGatewayArgs } from "./accessGateway/args";
import { claimedGroupsOf, createGroups, listsOfGroups, type ListsOfGroups } from "./accessGateway/groups";
import { createNamespace } from "./accessGateway/namespace";
import { createOneGatewayGuard } from "./accessGateway/oneGatewayGuard";
import { createRoutes } from "./accessGateway/routes";
import type { GatewayPart } from "./accessGateway/patches";
import { gatewayNameProblems, gatewayProblems } from "./accessGateway/problems";
import { settled, type SettledGateway } from "./accessGateway/settled";
import { AccessProxy } from "./accessProxy";
import { grantedMeans } from "./accessProxy/upstreams";
import type { GatewayRef } from "./gatewayRef";
import { IdentityServer } from "./identityServer";
import { LoginUi } from "./loginUi";
import { signedOutUrl } from "./loginUi/choice";
import { Monitoring, type MonitoringSettings } from "./monitoring";
import { isProtectedInNamespace, Postgres, type DatabaseConnection } from "./postgres";
import { RouteAdmission } from "./routeAdmission";
import { RuleAdmission } from "./ruleAdmission";
import { ServiceAccountKeys } from "./serviceAccountKeys";
import { RuleOperator } from "./ruleOperator";
import { addressesOf, type Addresses } from "./shared/addresses";
import { egressOf, egressRules } from "./shared/egress";
import { checked } from "./shared/known";
import { resolveImages, type Images } from "./shared/images";
import { allPods, podLabels } from "./shared/labels";
import { createNetworkPolicy, pods } from "./shared/networkPolicies";
import type { Patch } from "./shared/patch";
import { tracedEgress, tracingOf } from "./shared/tracing";
import { UpstreamAdmission } from "./upstreamAdmission";

/**
 * A login for a whole domain: database, identity server, login UI, rule operator and proxy. Every
 * {@link ProtectedService} then needs only a route, a Rule and a NetworkPolicy. There is one gateway per cluster.
 *
 * @example
 * const gateway = new AccessGateway("access", {
 *   domain: "apps.example.com",
 *   loginProviders: [staff],
 *   route: {
 *     kind: "ingress",
 *     from: [
 *       {
 *         namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "traefik" } },
 *         podSelector: { matchLabels: { "app.kubernetes.io/name": "traefik" } },
 *       },
 *     ],
 *   },
 *   tls: { issuer: { kind: "ClusterIssuer", name: "letsencrypt" } },
 * });
 * @throws ComponentProblem that names every argument that is not usable
 */
export class AccessGateway extends ComponentResource {
  /** Type token of the component, which is part of every URN. */
  static readonly token = "portcullis:index:AccessGateway";

  /** Reference to the gateway, for {@link ProtectedService}s of this stack or another. */
  readonly ref: GatewayRef;
  /** The namespace of its parts. */
  readonly namespace: Output<string>;
  /** Names of the Services in that namespace that routes lead to, for what an ingress controller has to know about each. */
  readonly services: {
    /** Service of every protected host. */
    readonly proxy: Output<string>;
    /** Service of hosts of gRPC services. */
    readonly grpcProxy: Output<string>;
    /** Service of `auth-server.DOMAIN`. */
    readonly identityServer: Output<string>;
    /** Service of `auth.DOMAIN`. */
    readonly loginUi: Output<string>;
  };
  /** Public addresses of the gateway. */
  readonly addresses: Addresses;
  /** The operator that turns Rules into what the proxy reads. */
  readonly ruleOperator: RuleOperator;
  /** The redirect URI to register at each login provider, by its id. */
  readonly callbackUrls: Readonly<Record<string, string>>;

  /**
   * The page with the button that signs a person out of every service. The link does not sign out by itself, because
   * any page could then call it.
   */
  readonly signOutUrl: string;
  /** How an upstream checks a signed identity: the token's `iss`, and where the public keys are inside the cluster. */
  readonly signedIdentity: {
    /** The claim `iss` of its tokens. */
    readonly issuer: string;
    /** URL of the public keys inside the cluster. */
    readonly keysUrl: Output<string>;
  };
  /** Who may sign in through each login provider, by its id; members of groups that it admits are on its lists. */
  readonly admissions: Output<Readonly<Record<string, ToldAdmission>>>;

  private readonly args: SettledGateway;

  constructor(
    private readonly name: string,
    args: AccessGatewayArgs,
    opts?: ComponentResourceOptions,
  ) {
    super(AccessGateway.token, name, { domain: args.domain, release: args.release }, opts);
    const settings = settled(this.checked(args));
    this.args = settings;

    this.addresses = addressesOf(settings.domain, settings.tls);
    this.namespace = createNamespace(
      name,
      settings.namespace,
      createOneGatewayGuard(name, this),
      // Deleting the namespace also deletes the database in it, whose own protection Kubernetes does not know.
      isProtectedInNamespace(settings.database),
      this,
    );
    const place: Place = {
      namespace: this.namespace,
      images: resolveImages(settings.release, settings.images),
    };
    const postgres = this.createPostgres(place);
    const groups = listsOfGroups(this.name, settings.groups ?? {}, this);
    const claimedGroups = claimedGroupsOf(settings.groups ?? {});
    const identityServer = this.createIdentityServer(place, postgres.connection, groups, claimedGroups);
    this.ruleOperator = this.createOperator(place);
    const keys = this.createServiceAccountKeys(place);
    const proxy = this.createProxy(place, identityServer, keys);
    this.createAdmission(place, proxy);
    createGroups(name, groups, claimedGroups, place.namespace, {
      parent: this,
      dependsOn: [this.ruleOperator],
    });
    const loginUi = this.createLoginUi(place, identityServer, proxy);
    const parts = [postgres, identityServer, this.ruleOperator, proxy, loginUi];
    this.createDefaultDenyPolicy(place, keys ? [...parts, keys] : parts);
    if (settings.monitoring) this.createMonitoring(place, settings.monitoring);
    createRoutes(name, { ...settings, namespace: this.namespace, addresses: this.addresses, proxy }, this);

    this.services = routedServices(proxy, identityServer, loginUi);
    this.callbackUrls = identityServer.callbackUrls;
    this.signOutUrl = loginUi.signOutUrl;
    this.signedIdentity = { issuer: this.addresses.identityServer.url, keysUrl: proxy.keysUrl };
    this.admissions = all(groups).apply((members) => admissionsOf(settings.loginProviders, members));
    this.ref = refOf(settings, this.namespace, proxy);
    this.registerOutputs({ callbackUrls: this.callbackUrls, signOutUrl: this.signOutUrl });
  }

  private checked(args: AccessGatewayArgs): AccessGatewayArgs {
    const subject = `AccessGateway "${this.name}"`;
    // A program without types may leave them out.
    const given = (args.loginProviders as AccessGatewayArgs["loginProviders"] | null | undefined) ?? [];
    const loginProviders = given.map(({ spec, redirectUri }) => ({ ...spec, redirectUri }));
    return checked(this, subject, argument, args, (path, { groups = {}, ...known }) => [
      ...gatewayNameProblems("name", this.name),
      ...gatewayProblems(path, { ...known, groups, loginProviders }),
    ]);
  }

  /**
   * Denies every connection to or from a pod of the gateway that its part's own policy does not allow. Created last and
   * deleted first, so that no part is cut off before it has a policy of its own.
   */
  private createDefaultDenyPolicy({ namespace }: Place, parts: ComponentResource[]): void {
    const egress = egressRules(egressOf(this.args.egress));
    createNetworkPolicy(
      `${this.name}-default-deny`,
      {
        namespace,
        pods: allPods,
        labels: allPods,
        rules: [],
        egress,
      },
      // If egress is not restricted, it waits for no part: all of them wait for it.
      { parent: this, dependsOn: egress ? parts : [] },
    );
  }

  private createPostgres(place: Place): Postgres {
    return new Postgres(
      `${this.name}-postgres`,
      {
        ...place,
        database: this.args.database,
        clients: (["identity-server", "identity-migration", "identity-cleanup", "courier"] as const).map(
          (role) => pods(podLabels(role)),
        ),
        egress: egressOf(this.args.egress),
        patches: this.args.patches,
      },
      { parent: this },
    );
  }

  private createIdentityServer(
    place: Place,
    database: DatabaseConnection,
    groups: ListsOfGroups,
    claimedGroups: ClaimedGroups,
  ): IdentityServer {
    const { branding, insecureDevMode, loginProviders, loginUi, replicas, route, secondFactor } = this.args;
    const { autoscaling, outbound, leavers, secretsVersion, signInLimits, smtp, tls, tracing } = this.args;
    const { checkCache: _, ...session } = this.args.session;
    return new IdentityServer(
      `${this.name}-identity`,
      {
        ...place,
        ...this.patch("identityServer"),
        patches: this.args.patches,
        addresses: this.addresses,
        ...{ route, tls, database, loginProviders, groups, session, secondFactor, replicas },
        ...(Object.keys(claimedGroups).length > 0 && { claimedGroups }),
        ...(smtp && { smtp }),
        ...{ leavers, secretsVersion, insecureDevMode, signInLimits },
        ...(branding && { branding }),
        clients: [pods(podLabels("proxy")), pods(podLabels("login-ui"))],
        signedOutUrl: signedOutUrl(loginUi, this.addresses.loginUi.url),
        metricsFrom: this.args.metricsFrom,
        ...(tracing && { tracing: tracingOf(tracing) }),
        ...(outbound && { outbound }),
        ...(autoscaling && { autoscaling }),
        egress: tracedEgress(egressOf(this.args.egress, "identityServer"), tracing),
      },
      { parent: this },
    );
  }

  private createLoginUi(
    place: Place,
    { publicService }: IdentityServer,
    { accessDeniedService }: AccessProxy,
  ): LoginUi {
    const { branding, loginProviders, loginUi: ui, replicas, route, session, skipLoginPage, tls } = this.args;
    return new LoginUi(
      `${this.name}-login-ui`,
      {
        ...place,
        ...this.patch("loginUi"),
        addresses: this.addresses,
        route,
        tls,
        identityService: publicService,
        ...{ accessDeniedService, ui, skipLoginPage, replicas },
        sessionCookie: session.cookieName,
        providers: loginProviders.map(({ spec }) => spec.id),
        ...(branding && { branding }),
        egress: egressOf(this.args.egress, "loginUi"),
      },
      { parent: this },
    );
  }

  private createOperator(place: Place): RuleOperator {
    const { crd, metricsFrom } = this.args;
    return new RuleOperator(
      `${this.name}-rules`,
      {
        ...place,
        ...this.patch("ruleOperator"),
        crd,
        clients: [pods(podLabels("proxy"))],
        metricsFrom,
        egress: egressOf(this.args.egress, "ruleOperator"),
      },
      { parent: this },
    );
  }

  /** What the API server refuses from other namespaces, also from `kubectl`. */
  private createAdmission({ namespace }: Place, { service, grpcService }: AccessProxy): void {
    const { addresses, args, ruleOperator } = this;
    new RuleAdmission(
      `${this.name}-rules-admission`,
      { namespace, addresses, sentinel: ruleOperator.sentinel, granted: grantedMeans(args.upstreams) },
      { parent: this },
    );
    new RouteAdmission(
      `${this.name}-admission`,
      { namespace, addresses, proxyService: service, grpcService, unprotectedHosts: args.unprotectedHosts },
      { parent: this },
    );
    new UpstreamAdmission(`${this.name}-admission`, { namespace }, { parent: this });
  }

  private createServiceAccountKeys(place: Place): ServiceAccountKeys | undefined {
    const { serviceAccountIssuer: issuer } = this.args;
    if (issuer === undefined) return undefined;
    return new ServiceAccountKeys(
      `${this.name}-service-account-keys`,
      {
        ...place,
        ...this.patch("serviceAccountKeys"),
        issuer,
        clients: [pods(podLabels("proxy"))],
        egress: egressOf(this.args.egress, "serviceAccountKeys"),
      },
      { parent: this },
    );
  }

  private createProxy(
    place: Place,
    { publicService }: IdentityServer,
    keys: ServiceAccountKeys | undefined,
  ): AccessProxy {
    const { branding, metricsFrom, outbound, route, secondFactor, session, tracing, upstreams } = this.args;
    return new AccessProxy(
      `${this.name}-proxy`,
      {
        ...place,
        ...this.patch("proxy"),
        addresses: this.addresses,
        identityService: publicService,
        rulesUrl: this.ruleOperator.rulesUrl,
        serviceAccountKeys: keys?.service,
        rulesCredentials: this.ruleOperator.rulesCredentials,
        sessionCheck: session.checkCache,
        sessionCookie: session.cookieName,
        secondFactor,
        ...(branding && { branding }),
        replicas: this.args.replicas,
        ...(this.args.autoscaling && { autoscaling: this.args.autoscaling }),
        secretsVersion: this.args.secretsVersion,
        ingressFrom: route.from,
        serviceAnnotations: route.serviceAnnotations,
        metricsFrom,
        ...(upstreams && { upstreams }),
        ...(outbound?.authorities && { issuerAuthorities: outbound.authorities }),
        ...(tracing && { tracing: tracingOf(tracing) }),
        egress: tracedEgress(egressOf(this.args.egress, "proxy"), tracing),
      },
      { parent: this },
    );
  }

  private createMonitoring({ namespace }: Place, settings: MonitoringSettings): void {
    const { alerts, dashboard, serviceMonitors } = settings;
    if (alerts || dashboard || serviceMonitors)
      new Monitoring(`${this.name}-monitoring`, { ...settings, namespace }, { parent: this });
  }

  private patch(part: GatewayPart): { readonly patch?: Patch } {
    const patch = this.args.patches[part];
    return patch ? { patch } : {};
  }
}

/** Where a gateway's parts run, and from which images. */
interface Place {
  readonly namespace: Input<string>;
  readonly images: Images;
}
