import { Deployment } from "@pulumi/kubernetes/apps/v1";
import type { ConfigMap, Secret } from "@pulumi/kubernetes/core/v1";
import type { core } from "@pulumi/kubernetes/types/input";
import { all, ComponentResource, unsecret, type ComponentResourceOptions, type Output } from "@pulumi/pulumi";
import {
  configFolder,
  containerScripts,
  fetchedFolder,
  fetchRules,
  nameServers,
} from "./accessProxy/containers";
import { accessProxyProblems } from "./accessProxy/problems";
import { kratosPorts } from "../documents/kratos/config";
import { nginxFiles, proxyCommand } from "../documents/nginx/config";
import { errorLogScript } from "../documents/nginx/errorLog";
import { healthPath } from "../documents/nginx/health";
import { accessDeniedPath } from "../documents/nginx/accessDenied";
import { nginxPorts } from "../documents/rules/ports";
import { nginxScripts, rulesFolder } from "../documents/nginx/routes";
import { serviceAccountKeysPath, serviceAccountKeysPort } from "../documents/nginx/serviceAccountKeys";
import { defaultSessionCookie } from "../documents/shared/cookies";
import { nobodyUser } from "../documents/shared/users";
import { ruleServerPort } from "../documents/nginx/ruleServer";
import { sessionCheckUrl } from "../documents/nginx/sessionCheck";
import {
  oathkeeperArguments,
  oathkeeperConfig,
  oathkeeperHealth,
  oathkeeperPorts,
} from "../documents/oathkeeper/config";
import {
  publishedKeysFile,
  publishedKeysPath,
  signingKeyFile,
  signingKeys,
  type KeySet,
} from "../documents/oathkeeper/signedIdentity";
import type { AccessProxyArgs } from "./accessProxy/args";
import { authorityFiles, issuerAuthorities, upstreamMeans, upstreamVolume } from "./accessProxy/upstreams";
import { clusterHost } from "./shared/addresses";
import { createAutoscaler, scaledElsewhere } from "./shared/autoscaling";
import { createDisruptionBudget } from "./shared/disruptionBudget";
import { egressRules, upstreamPods } from "./shared/egress";
import { createImmutableConfigMap, createImmutableSecret } from "./shared/immutable";
import { refuseArguments } from "./shared/known";
import { labelsOf, podLabels, type Annotations, type Labels } from "./shared/labels";
import { createNetworkPolicy, pods } from "./shared/networkPolicies";
import { longestNames, ownNameProblems } from "./shared/ownName";
import { container, deploymentSpec, drain, httpProbes, podSpec, resources } from "./shared/pods";
import { script, type ScriptName } from "./shared/scripts";
import { createRotatingSecret } from "./shared/secrets";
import { createService } from "./shared/service";

const role = "proxy";
const keyFolder = "/etc/portcullis-key";
const scripts: readonly ScriptName[] = [
  errorLogScript,
  ...Object.values(containerScripts),
  ...Object.values(nginxScripts),
];
const oathkeeperFile = "oathkeeper.json";

/**
 * The proxy keeps little memory and makes much garbage: with less frequent collection, a request costs a tenth less
 * CPU. The memory limit below the container's own makes the collector run before the kernel would end the process.
 * @see https://go.dev/doc/gc-guide
 */
const garbageCollection = [
  { name: "GOGC", value: "300" },
  { name: "GOMEMLIMIT", value: "400MiB" },
];

/**
 * For controllers that do not read `appProtocol`: Traefik for an Ingress, and Contour.
 * @see https://doc.traefik.io/traefik/reference/routing-configuration/kubernetes/ingress/
 * @see https://projectcontour.io/docs/main/config/annotations/
 */
const h2cAnnotations = {
  "traefik.ingress.kubernetes.io/service.serversscheme": "h2c",
  "projectcontour.io/upstream-protocol.h2c": "grpc",
};

/**
 * The proxy in front of every protected service: an nginx that forwards requests as they came, asks Ory Oathkeeper
 * beside it who may do what, and caches a positive answer for a short time. A loop in each pod fetches the rules, from
 * which nginx gets its routes.
 *
 * @example
 * const proxy = new AccessProxy("proxy", {
 *   namespace: "portcullis", images, addresses,
 *   identityService: identityServer.publicService,
 *   rulesUrl: operator.rulesUrl, rulesCredentials: operator.rulesCredentials,
 *   sessionCheck: "5s", secondFactor: "off", replicas: 2, secretsVersion: 1, ingressFrom: route.from, metricsFrom: [],
 * });
 * @see https://www.ory.com/docs/oathkeeper
 */
export class AccessProxy extends ComponentResource {
  /** Type token of the component, which is part of every URN. */
  static readonly token = "portcullis:index:AccessProxy";

  /** Name of the Service that Ingresses lead to; its port is `nginxPorts.proxy`. */
  readonly service: Output<string>;
  /**
   * Name of the Service that routes of gRPC services lead to: the same port, to which ingress controllers then connect
   * by h2c.
   */
  readonly grpcService: Output<string>;
  /** Name of the Service that `accessDeniedPrefix`, a path of the login UI's host, leads to; its port is `nginxPorts.accessDenied`. */
  readonly accessDeniedService: Output<string>;
  /** URL of the public keys of signed identities, for upstreams in any namespace. */
  readonly keysUrl: Output<string>;

  constructor(
    private readonly name: string,
    private readonly args: AccessProxyArgs,
    opts?: ComponentResourceOptions,
  ) {
    super(AccessProxy.token, name, args, opts);
    refuseArguments(this, `AccessProxy "${name}"`, args, (path, known) => [
      ...ownNameProblems("name", name, longestNames.others),
      ...accessProxyProblems(path, known),
    ]);
    const keys = this.createSigningKeys();
    const published = unsecret(keys.apply((pairs) => pairs.published));
    const signingKey = this.createSigningKey(keys.apply((pairs) => pairs.signing));
    this.createDeployment(this.createConfigMap(published), signingKey);
    const annotations = args.serviceAnnotations;
    this.service = this.createService(name, "proxy", nginxPorts.proxy, annotations);
    this.grpcService = this.createGrpcService();
    // For `kubectl port-forward`: it answers only on 127.0.0.1.
    this.createService(`${name}-api`, "api", oathkeeperPorts.api);
    this.createService(`${name}-metrics`, "metrics", nginxPorts.metrics);
    // An older name of the endpoint: another name would replace the Service.
    this.accessDeniedService = this.createService(
      `${name}-door`,
      "door",
      nginxPorts.accessDenied,
      annotations,
    );
    this.keysUrl = all([this.createService(`${name}-keys`, "keys", nginxPorts.keys), args.namespace]).apply(
      ([host, namespace]) => `http://${clusterHost(host, namespace)}:${nginxPorts.keys}${publishedKeysPath}`,
    );
    this.createNetworkPolicy();
    createDisruptionBudget(name, { ...args, role, labels: this.labels }, { parent: this });
    this.registerOutputs({ service: this.service, accessDeniedService: this.accessDeniedService });
  }

  private createSigningKeys(): Output<ReturnType<typeof signingKeys>> {
    return createRotatingSecret(`${this.name}-signing`, this.args.secretsVersion, { parent: this }).apply(
      signingKeys,
    );
  }

  private createSigningKey(signing: Output<KeySet>): Secret {
    return createImmutableSecret(
      `${this.name}-signing`,
      {
        metadata: { namespace: this.args.namespace, labels: this.labels },
        stringData: { [signingKeyFile]: signing.apply((set) => JSON.stringify(set)) },
      },
      { parent: this },
    );
  }

  private createConfigMap(published: Output<KeySet>): ConfigMap {
    const { addresses, namespace, secondFactor, serviceAccountKeys, sessionCheck } = this.args;
    const { branding = {}, sessionCookie = defaultSessionCookie, tracing } = this.args;
    const oathkeeper = oathkeeperConfig({
      sessionCheckUrl,
      sessionCookie,
      secondFactor,
      signer: { issuer: addresses.identityServer.url, keyFile: `${keyFolder}/${signingKeyFile}` },
      ...(tracing && { tracing }),
    });
    const nginx = all([this.kratos().host, namespace]).apply(([kratosHost, own]) =>
      nginxFiles({
        kratos: { host: kratosHost, sessionCookie },
        decisionLife: sessionCheck,
        accessDeniedUrl: `${addresses.loginUi.url}${accessDeniedPath}`,
        folder: configFolder,
        namespace: own,
        ...(serviceAccountKeys !== undefined && {
          serviceAccountKeys: {
            host: clusterHost(serviceAccountKeys, own),
            port: serviceAccountKeysPort,
            path: serviceAccountKeysPath,
          },
        }),
        accessDenied: { kratosUrl: addresses.identityServer.url, secondFactor },
        means: upstreamMeans(this.args.upstreams ?? {}, configFolder, own),
        branding,
      }),
    );
    return createImmutableConfigMap(
      this.name,
      {
        metadata: { namespace, labels: this.labels },
        data: all([nginx, published]).apply(([nginxFiles, set]) => ({
          [oathkeeperFile]: JSON.stringify(oathkeeper, null, 2),
          ...nginxFiles,
          ...Object.fromEntries(scripts.map((name) => [name, script(name)])),
          ...authorityFiles(this.args.upstreams, this.args.issuerAuthorities),
          [publishedKeysFile]: JSON.stringify(set),
        })),
      },
      { parent: this },
    );
  }

  private kratos(): { readonly host: Output<string>; readonly port: number } {
    const { identityService, namespace, identityNamespace = namespace, identityPort } = this.args;
    return {
      host: all([identityService, identityNamespace]).apply((names) => clusterHost(...names)),
      port: identityPort ?? kratosPorts.public,
    };
  }

  private createDeployment(config: ConfigMap, signingKey: Secret): void {
    const { autoscaling, images, namespace, replicas } = this.args;
    const labels = this.labels;
    const deployment = new Deployment(
      this.name,
      {
        metadata: { namespace, labels },
        spec: deploymentSpec({
          replicas,
          autoscaling,
          selector: podLabels(role),
          labels,
          patch: this.args.patch,
          pod: podSpec({
            user: nobodyUser,
            images,
            terminationGracePeriodSeconds: 60,
            initContainers: [nameServers(images, this.kratos()), fetchRules(this.args)],
            containers: [this.oathkeeper(), this.nginx()],
            volumes: [
              { name: "config", configMap: { name: config.metadata.name } },
              { name: "signing-key", secret: { secretName: signingKey.metadata.name } },
              { name: "fetched-rules", emptyDir: { sizeLimit: "64Mi" } },
              { name: "rules", emptyDir: { sizeLimit: "64Mi" } },
              // The cache's files hold session cookies: they stay in memory.
              { name: "nginx", emptyDir: { medium: "Memory", sizeLimit: "96Mi" } },
              ...upstreamVolume(this.args.upstreams, this.args.issuerAuthorities).volumes,
            ],
          }),
        }),
      },
      { parent: this, ...scaledElsewhere(autoscaling) },
    );
    const scaled = { namespace, labels, replicas };
    if (autoscaling) createAutoscaler(this.name, deployment, { ...scaled, autoscaling }, { parent: this });
  }

  private oathkeeper(): core.v1.Container {
    const probes = httpProbes(nginxPorts.health, oathkeeperHealth);
    return container({
      name: "oathkeeper",
      image: this.args.images.references.oathkeeper,
      args: oathkeeperArguments(`${configFolder}/${oathkeeperFile}`),
      env: garbageCollection,
      ports: [{ name: "api", containerPort: oathkeeperPorts.api }],
      ...probes,
      // Ready only with rules, which it gets once nginx has the routes: a pod without them could serve nobody. However
      // long that takes, a restart would not bring them.
      readinessProbe: { ...probes.readinessProbe, periodSeconds: 1, failureThreshold: 15 },
      // Keeps deciding as long as nginx asks: nginx may have requests for as long as it is drained.
      lifecycle: drain(10),
      resources: resources(["50m", "2"], ["64Mi", "512Mi"]),
      volumeMounts: [
        { name: "config", mountPath: configFolder, readOnly: true },
        { name: "signing-key", mountPath: keyFolder, readOnly: true },
        { name: "rules", mountPath: rulesFolder, readOnly: true },
      ],
    });
  }

  private nginx(): core.v1.Container {
    const health = { httpGet: { path: healthPath, port: "health" } };
    return container({
      name: "nginx",
      image: this.args.images.references.nginx,
      command: proxyCommand(configFolder, issuerAuthorities(this.args.issuerAuthorities, configFolder)),
      ports: [
        { name: "proxy", containerPort: nginxPorts.proxy },
        { name: "health", containerPort: nginxPorts.health },
        { name: "door", containerPort: nginxPorts.accessDenied },
        { name: "keys", containerPort: nginxPorts.keys },
        { name: "metrics", containerPort: nginxPorts.metrics },
      ],
      startupProbe: { ...health, periodSeconds: 1, failureThreshold: 60 },
      livenessProbe: { ...health, periodSeconds: 10 },
      readinessProbe: { ...health, periodSeconds: 5 },
      lifecycle: drain(5),
      // Throttling shows as latency on every request: the limit is for accidents. Its files in memory count too.
      resources: resources(["100m", "2"], ["48Mi", "512Mi"]),
      volumeMounts: [
        { name: "config", mountPath: configFolder, readOnly: true },
        { name: "fetched-rules", mountPath: fetchedFolder, readOnly: true },
        { name: "rules", mountPath: rulesFolder },
        { name: "nginx", mountPath: "/tmp" },
        ...upstreamVolume(this.args.upstreams, this.args.issuerAuthorities).mounts,
      ],
    });
  }

  /** @returns the Service's name */
  private createService(
    name: string,
    port: string,
    number: number,
    annotations?: Annotations,
  ): Output<string> {
    const { namespace } = this.args;
    const args = {
      namespace,
      labels: this.labels,
      role,
      port: { name: port, number },
      annotations,
    } as const;
    return createService(name, args, { parent: this }).metadata.name;
  }

  /** Ingress controllers choose one protocol per Service, and WebSockets would not work over HTTP/2. */
  private createGrpcService(): Output<string> {
    const args = {
      namespace: this.args.namespace,
      labels: this.labels,
      role,
      port: { name: "grpc", number: nginxPorts.proxy, target: "proxy", appProtocol: "kubernetes.io/h2c" },
      annotations: { ...this.args.serviceAnnotations, ...h2cAnnotations },
    } as const;
    return createService(`${this.name}-grpc`, args, { parent: this }).metadata.name;
  }

  private createNetworkPolicy(): void {
    const { egress, namespace, serviceAccountKeys } = this.args;
    createNetworkPolicy(
      this.name,
      {
        namespace,
        pods: podLabels(role),
        labels: this.labels,
        rules: [
          { from: this.args.ingressFrom, ports: [nginxPorts.proxy, nginxPorts.accessDenied] },
          // The login UI asks which services a user may open, with the user's session, as their browser could.
          { from: [pods(podLabels("login-ui"))], ports: [nginxPorts.accessDenied] },
          { from: this.args.metricsFrom, ports: [nginxPorts.metrics] },
          // Public keys are for every upstream, whatever its namespace.
          { from: [{ namespaceSelector: {} }], ports: [nginxPorts.keys] },
        ],
        // A Rule makes the proxy connect to whatever its upstream names: here, only to pods that are not the gateway's.
        egress: egressRules(egress, [
          { to: [pods(podLabels("identity-server"))], ports: [kratosPorts.public] },
          { to: [pods(podLabels("rules"))], ports: [ruleServerPort] },
          ...(serviceAccountKeys === undefined
            ? []
            : [{ to: [pods(podLabels("service-account-keys"))], ports: [serviceAccountKeysPort] }]),
          // Tokens that the gateway has signed are accepted like those of any other issuer.
          { to: [pods(podLabels(role))], ports: [nginxPorts.keys] },
          { to: upstreamPods(namespace) },
        ]),
      },
      { parent: this },
    );
  }

  private get labels(): Labels {
    return labelsOf(this.name, role);
  }
}
