import { createHash } from "node:crypto";
import { Deployment } from "@pulumi/kubernetes/apps/v1";
import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import { CronJob, Job } from "@pulumi/kubernetes/batch/v1";
import { ConfigMap, Secret } from "@pulumi/kubernetes/core/v1";
import type { NetworkPolicy } from "@pulumi/kubernetes/networking/v1";
import type { core } from "@pulumi/kubernetes/types/input";
import {
  all,
  ComponentResource,
  interpolate,
  output,
  Output,
  secret,
  type ComponentResourceOptions,
  type CustomResourceOptions,
  type Input,
  type Resource,
} from "@pulumi/pulumi";
import type { SameSite } from "../ory/cookies";
import type { Duration } from "../ory/duration";
import { claimsMapper } from "../ory/kratos/claimsMapper";
import {
  cleanupArguments,
  courierArguments,
  migrateArguments,
  networkArguments,
  serveArguments,
} from "../ory/kratos/commands";
import { kratosConfig, kratosHealth, kratosPorts, type SecondFactor } from "../ory/kratos/config";
import { kratosDsn, sharedPool } from "../ory/kratos/dsn";
import { clientSecretVariable, generatedSecrets, kratosVariables } from "../ory/kratos/environment";
import { callbackUrl, type LoginProvider as LoginProviderDocument } from "../ory/kratos/loginProvider";
import { identityList } from "../ory/kratos/namedIdentities";
import { healthPath, nginxCommand } from "../ory/nginx/config";
import { kratosMetricsConfig, kratosMetricsPort } from "../ory/nginx/kratosMetrics";
import type { NonEmpty } from "../ory/oathkeeper/patterns";
import type { DatabaseConnection } from "./database/connection";
import type { LoginProvider } from "./oidcClient";
import type { Addresses } from "./shared/addresses";
import { isReference, type ExternalSecretSource, type SecretReference } from "./shared/clientSecret";
import { disruptionBudget } from "./shared/disruptionBudget";
import type { Images } from "./shared/images";
import { labelsOf, podsOf, type Labels, type Role } from "./shared/labels";
import { allowOnly, pods, type NetworkPolicyPeer } from "./shared/networkPolicies";
import type { Patch } from "./shared/patch";
import {
  container,
  type ContainerArgs,
  deploymentSpec,
  drain,
  httpProbes,
  podSpec,
  resources,
} from "./shared/pods";
import { routeTo, type RouteArgs, type TlsArgs } from "./shared/route";
import { script as scriptText } from "./shared/scripts";
import { rotatingSecret } from "./shared/secrets";
import { service } from "./shared/service";

/** How long and how strictly a sign-in holds. */
export interface SessionSettings {
  readonly lifespan: Duration;
  /** Whether a new sign-in ends the user's other sessions. */
  readonly onePerUser: boolean;
  readonly sameSite: SameSite;
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

export interface IdentityServerArgs {
  readonly namespace: Input<string>;
  readonly images: Images;
  readonly addresses: Addresses;
  readonly route: RouteArgs;
  readonly tls: TlsArgs;
  readonly database: DatabaseConnection;
  /** In the order of the sign-in buttons. */
  readonly loginProviders: NonEmpty<LoginProvider>;
  readonly session: SessionSettings;
  readonly secondFactor: SecondFactor;
  readonly smtp?: SmtpSettings;
  readonly replicas: number;
  /** Raised by one to rotate the generated secrets. */
  readonly secretsVersion: number;
  /** Whether cookies are sent over plain http to other hosts than `*.localhost`. Never in production. */
  readonly insecureDevMode: boolean;
  /** Pods, besides the ingress controller's, that may ask the public API. Nothing may ask the admin API but the Job that makes named identities. */
  readonly clients: readonly NetworkPolicyPeer[];
  /** Who may read the metrics, and nothing else of the admin API. */
  readonly metricsFrom: readonly NetworkPolicyPeer[];
  /**
   * What to change in the Deployment's `spec`.
   * @default nothing
   */
  readonly patch?: Patch;
}

/** The user `nobody` of distroless images. */
const user = 65534;
const configFolder = "/etc/kratos";
const configFile = `${configFolder}/kratos.json`;
const certificateFile = "ca.crt";
const metricsFile = "metrics.conf";
const ports = { ...kratosPorts, metrics: kratosMetricsPort } as const;
const caFile = `${configFolder}/${certificateFile}`;
const role = "identity-server";
const listFolder = "/identities";
const listFile = "identities.tsv";

/**
 * Ory Kratos: identities, sessions and the steps of a sign-in. Its configuration holds no secret; those are environment
 * variables from a Secret. The database is migrated before a server of a new version starts.
 *
 * @example
 * const identityServer = new IdentityServer("identity", {
 *   namespace: "portcullis", images, addresses, route, tls: "off",
 *   database: postgres.connection,
 *   loginProviders: [staff],
 *   session: { lifespan: "24h", onePerUser: true, sameSite: "Lax" },
 *   secondFactor: "off", replicas: 2, secretsVersion: 1, insecureDevMode: false, clients: [],
 * });
 * @see https://www.ory.com/docs/kratos/ory-kratos-intro
 */
export class IdentityServer extends ComponentResource {
  static readonly token = "portcullis:index:IdentityServer";

  /** Name of the Service of the public API. */
  readonly publicService: Output<string>;
  /** Name of the Service of the admin API, which has no authentication and no way in from pods of other components. */
  readonly adminService: Output<string>;
  /** The redirect URI to register at each login provider, by its id. */
  readonly callbackUrls: Readonly<Record<string, string>>;

  private readonly config: ConfigMap;
  private readonly secrets: Secret;
  /** Secrets that something else put into the namespace, by the environment variable that carries each. */
  private readonly references: ReadonlyMap<string, SecretReference>;

  constructor(
    private readonly name: string,
    private readonly args: IdentityServerArgs,
    opts?: ComponentResourceOptions,
  ) {
    super(IdentityServer.token, name, shownInputs(args), opts);

    this.callbackUrls = Object.fromEntries(
      args.loginProviders.map(({ providerId: id, pkce }) => [
        id,
        callbackUrl(args.addresses.identityServer.url, { id, pkce }),
      ]),
    );
    this.config = this.configMap();
    const secretValues = this.secretValues();
    this.secrets = this.secret(secretValues);
    this.references = this.secretReferences();

    const migration = this.migration();
    const afterMigration = { parent: this, dependsOn: [migration] };
    const variables = new Set([kratosVariables.dsn, ...Object.keys(secretValues), ...this.references.keys()]);
    const server = this.server(variables, afterMigration);
    if (args.smtp) this.courier(variables, afterMigration);
    this.cleanup(afterMigration);
    this.publicService = this.service("public");
    this.adminService = this.service("admin");
    if (this.hasMetrics) this.service("metrics");
    this.publicRoute();
    const policy = this.networkPolicy();
    this.namedIdentities([server, policy]);
    if (args.replicas > 1)
      disruptionBudget(name, { ...args, role, labels: this.labels(role) }, { parent: this });

    this.registerOutputs({ callbackUrls: this.callbackUrls, publicService: this.publicService });
  }

  private configMap(): ConfigMap {
    const { addresses, images, loginProviders, session, secondFactor, smtp, database, namespace } = this.args;
    const document = (clientIds: readonly string[]) =>
      kratosConfig({
        release: images.release,
        domain: addresses.domain.name,
        publicUrl: addresses.identityServer.url,
        loginUiUrl: addresses.loginUi.url,
        allowedReturnUrls: [addresses.anyHost],
        sameSite: session.sameSite,
        sessionLifespan: session.lifespan,
        onePerUser: session.onePerUser,
        secondFactor,
        providers: mapNonEmpty(loginProviders, (provider, index) =>
          providerDocument(provider, clientIds[index] ?? ""),
        ),
        ...(smtp && {
          smtp: { from: smtp.from, ...(smtp.recovery !== undefined && { recovery: smtp.recovery }) },
        }),
      });
    const mappers = loginProviders.map((one) => [mapperFile(one.providerId), claimsMapper(one)] as const);
    return new ConfigMap(
      this.name,
      {
        metadata: { namespace, labels: this.labels(role) },
        data: {
          "kratos.json": all(loginProviders.map(({ clientId }) => clientId)).apply((clientIds) =>
            JSON.stringify(document(clientIds), null, 2),
          ),
          ...Object.fromEntries(mappers),
          ...(this.hasMetrics && { [metricsFile]: kratosMetricsConfig() }),
          ...(database.caCertificate !== undefined &&
            !isReference(database.caCertificate) && { [certificateFile]: database.caCertificate }),
        },
      },
      { parent: this },
    );
  }

  /** Every secret that the stack knows, by the environment variable that carries it. */
  private secretValues(): Record<string, Input<string>> {
    const { database, images, loginProviders, secretsVersion, smtp } = this.args;
    return {
      ...(!isReference(database.password) && { [kratosVariables.dsn]: this.dsn() }),
      ...Object.fromEntries(
        generatedSecrets(images.release).map(({ purpose, variable }) => [
          variable,
          rotatingSecret(`${this.name}-${purpose}`, secretsVersion, { parent: this }),
        ]),
      ),
      ...Object.fromEntries(
        loginProviders.flatMap(({ clientSecret }, index) =>
          Output.isInstance(clientSecret) ? [[clientSecretVariable(index), clientSecret] as const] : [],
        ),
      ),
      ...(smtp && { [kratosVariables.smtpUri]: secret(smtp.uri) }),
    };
  }

  /** Secrets that the stack does not know, each of which something else puts into the namespace. */
  private secretReferences(): ReadonlyMap<string, SecretReference> {
    return new Map(
      this.args.loginProviders.flatMap(({ clientSecret, providerId }, index) => {
        const variable = clientSecretVariable(index);
        if (Output.isInstance(clientSecret)) return [];
        if (isReference(clientSecret)) return [[variable, clientSecret] as const];
        return [[variable, this.externalSecret(`${this.name}-client-${providerId}`, clientSecret)] as const];
      }),
    );
  }

  private externalSecret(name: string, source: ExternalSecretSource): SecretReference {
    const key = "client_secret";
    const { store, refreshInterval, remote } = source;
    new CustomResource(
      name,
      {
        apiVersion: "external-secrets.io/v1",
        kind: "ExternalSecret",
        metadata: { namespace: this.args.namespace, labels: this.labels(role) },
        spec: {
          refreshInterval,
          secretStoreRef: store,
          target: { name, creationPolicy: "Owner" },
          data: [{ secretKey: key, remoteRef: remote }],
        },
      },
      { parent: this, deleteBeforeReplace: true },
    );
    return { secretName: name, key };
  }

  /** A secret, unless it only refers to the variable that has the password. */
  private dsn(): Output<string> {
    const { caCertificate, password, ...connection } = this.args.database;
    const trust = caCertificate === undefined ? undefined : { caFile };
    const pool = sharedPool(this.args.replicas);
    const given = isReference(password) ? { variable: kratosVariables.databasePassword } : password;
    return output({ ...connection, password: given }).apply((resolved) =>
      kratosDsn({ ...resolved, ...trust, pool }),
    );
  }

  private secret(values: Record<string, Input<string>>): Secret {
    return new Secret(
      this.name,
      { metadata: { namespace: this.args.namespace, labels: this.labels(role) }, stringData: values },
      { parent: this },
    );
  }

  /**
   * Finished before any server starts: Kratos locks the database neither against a second migration nor against a second
   * first start.
   */
  private migration(): Job {
    const { database, images, namespace } = this.args;
    const subject = all([images.references.kratos, database.host, database.port, database.database]);
    const labels = this.labels("identity-migration");
    const name = `${this.name}-migrate`;
    return new Job(
      name,
      {
        metadata: {
          // A Job cannot change: another image or database is another Job.
          name: subject.apply((parts) => `${name}-${shortHash(parts.join(" "))}`),
          namespace,
          labels,
        },
        spec: {
          backoffLimit: 10,
          activeDeadlineSeconds: 600,
          template: {
            metadata: { labels },
            spec: this.pod({
              restartPolicy: "OnFailure",
              initContainers: [
                this.kratos("migrate", migrateArguments(images.release), [kratosVariables.dsn]),
              ],
              containers: [this.kratos("network", networkArguments(configFile), [kratosVariables.dsn])],
            }),
          },
        },
      },
      { parent: this, deleteBeforeReplace: true },
    );
  }

  private server(variables: Iterable<string>, opts: CustomResourceOptions): Deployment {
    const { insecureDevMode, namespace, replicas } = this.args;
    const labels = this.labels(role);
    const kratos = this.kratos("kratos", serveArguments(configFile, insecureDevMode), variables, {
      ports: [
        { name: "public", containerPort: kratosPorts.public },
        { name: "admin", containerPort: kratosPorts.admin },
      ],
      ...httpProbes("admin", { alive: kratosHealth.alive, ready: kratosHealth.adminReady }),
      lifecycle: drain(5),
    });
    return new Deployment(
      this.name,
      {
        metadata: { namespace, labels },
        spec: deploymentSpec({
          replicas,
          selector: podsOf(role),
          labels,
          patch: this.args.patch,
          pod: this.pod({
            terminationGracePeriodSeconds: 60,
            containers: this.hasMetrics ? [kratos, this.metrics()] : [kratos],
            ...(this.hasMetrics && { volumes: [...this.volumes(), { name: "tmp", emptyDir: {} }] }),
          }),
        }),
      },
      opts,
    );
  }

  private metrics(): core.v1.Container {
    const health = { httpGet: { path: healthPath, port: "metrics" } };
    return container({
      name: "metrics",
      image: this.args.images.references.nginx,
      command: nginxCommand(`${configFolder}/${metricsFile}`),
      ports: [{ name: "metrics", containerPort: kratosMetricsPort }],
      startupProbe: { ...health, periodSeconds: 1, failureThreshold: 60 },
      livenessProbe: { ...health, periodSeconds: 10 },
      readinessProbe: { ...health, periodSeconds: 5 },
      resources: resources(["10m", "200m"], ["8Mi", "64Mi"]),
      volumeMounts: [
        { name: "config", mountPath: configFolder, readOnly: true },
        { name: "tmp", mountPath: "/tmp" },
      ],
    });
  }

  private get hasMetrics(): boolean {
    return this.args.metricsFrom.length > 0;
  }

  /** One process sends all mail: Kratos does not lock the queue, so a second one would send everything twice. */
  private courier(variables: Iterable<string>, opts: CustomResourceOptions): void {
    const metricsPort = 9000;
    const labels = this.labels("courier");
    const listens = { tcpSocket: { port: "metrics" } };
    const courier = this.kratos("courier", courierArguments(configFile, metricsPort), variables, {
      ports: [{ name: "metrics", containerPort: metricsPort }],
      startupProbe: { ...listens, periodSeconds: 2, failureThreshold: 60 },
      livenessProbe: { ...listens, periodSeconds: 10 },
      readinessProbe: { ...listens, periodSeconds: 5 },
    });
    new Deployment(
      `${this.name}-courier`,
      {
        metadata: { namespace: this.args.namespace, labels },
        spec: deploymentSpec({
          replicas: 1,
          strategy: "Recreate",
          selector: podsOf("courier"),
          labels,
          pod: this.pod({ containers: [courier] }),
        }),
      },
      opts,
    );
  }

  private cleanup(opts: CustomResourceOptions): void {
    const labels = this.labels("identity-cleanup");
    const kratos = this.kratos("cleanup", cleanupArguments(configFile), [kratosVariables.dsn]);
    new CronJob(
      `${this.name}-cleanup`,
      {
        metadata: { namespace: this.args.namespace, labels },
        spec: {
          schedule: "23 * * * *",
          concurrencyPolicy: "Forbid",
          successfulJobsHistoryLimit: 1,
          failedJobsHistoryLimit: 1,
          jobTemplate: {
            spec: {
              backoffLimit: 2,
              activeDeadlineSeconds: 1800,
              template: {
                metadata: { labels },
                spec: this.pod({ restartPolicy: "OnFailure", containers: [kratos] }),
              },
            },
          },
        },
      },
      opts,
    );
  }

  private service(listener: keyof typeof ports): Output<string> {
    const { namespace } = this.args;
    const port = { name: listener, number: ports[listener] };
    const args = { namespace, labels: this.labels(role), role, port } as const;
    return service(`${this.name}-${listener}`, args, { parent: this }).metadata.name;
  }

  private publicRoute(): void {
    const { addresses, namespace, route, tls } = this.args;
    routeTo(
      this.name,
      {
        namespace,
        labels: this.labels(role),
        hosts: [addresses.identityServer.host],
        service: { name: this.publicService, port: kratosPorts.public },
        route,
        tls,
      },
      { parent: this },
    );
  }

  private networkPolicy(): NetworkPolicy {
    const { clients, namespace, route } = this.args;
    const admins = this.identityList() === "" ? [] : [pods(podsOf("identity-names"))];
    return allowOnly(
      this.name,
      {
        namespace,
        pods: podsOf(role),
        labels: this.labels(role),
        rules: [
          { from: [...route.from, ...clients], ports: [kratosPorts.public] },
          { from: admins, ports: [kratosPorts.admin] },
          { from: this.args.metricsFrom, ports: [kratosMetricsPort] },
        ],
      },
      { parent: this },
    );
  }

  private identityList(): string {
    return identityList(
      this.args.loginProviders.map(({ providerId, identities = [] }) => ({
        provider: providerId,
        identities,
      })),
    );
  }

  /** Makes whom closed providers name, once for each list and database; see `create-identities.sh`. */
  private namedIdentities(after: Resource[]): void {
    const list = this.identityList();
    if (list === "") return;
    const { database, images, namespace } = this.args;
    const labels = this.labels("identity-names");
    const name = `${this.name}-names`;
    const script = "create-identities.sh";
    const files = new ConfigMap(
      name,
      { metadata: { namespace, labels }, data: { [script]: scriptText(script), [listFile]: list } },
      { parent: this },
    );
    const create = container({
      name: "create",
      image: images.references.busybox,
      command: ["sh", `${listFolder}/${script}`],
      env: [
        { name: "ADMIN_URL", value: interpolate`http://${this.adminService}:${kratosPorts.admin}` },
        { name: "IDENTITIES_FILE", value: `${listFolder}/${listFile}` },
      ],
      terminationMessagePolicy: "FallbackToLogsOnError",
      resources: resources(["10m", "200m"], ["8Mi", "32Mi"]),
      volumeMounts: [{ name: "identities", mountPath: listFolder, readOnly: true }],
    });
    const subject = all([list, database.host, database.port, database.database]);
    new Job(
      name,
      {
        metadata: {
          // A Job cannot change: another list or database is another Job.
          name: subject.apply((parts) => `${name}-${shortHash(parts.join(" "))}`),
          namespace,
          labels,
        },
        spec: {
          backoffLimit: 4,
          activeDeadlineSeconds: 300,
          template: {
            metadata: { labels },
            spec: podSpec({
              user,
              images,
              restartPolicy: "OnFailure",
              containers: [create],
              volumes: [{ name: "identities", configMap: { name: files.metadata.name } }],
            }),
          },
        },
      },
      { parent: this, deleteBeforeReplace: true, dependsOn: after },
    );
  }

  private labels(of: Role): Labels {
    return labelsOf(this.name, of);
  }

  private kratos(
    name: string,
    commandArguments: string[],
    variables: Iterable<string>,
    more: Partial<Omit<ContainerArgs, "name" | "image" | "resources">> = {},
  ): core.v1.Container {
    return container({
      name,
      image: this.args.images.references.kratos,
      args: commandArguments,
      env: [...variables].flatMap((variable) => this.variable(variable)),
      // The claims mapper has one second to run: less than a quarter of a core fails sign-ins.
      resources: resources(["100m", "1"], ["128Mi", "512Mi"]),
      volumeMounts: [{ name: "config", mountPath: configFolder, readOnly: true }],
      ...more,
    });
  }

  /** One variable, after those that it refers to: the order in which Kubernetes expands them. */
  private variable(name: string): core.v1.EnvVar[] {
    const { password } = this.args.database;
    if (name === kratosVariables.dsn && isReference(password))
      return [fromSecret(kratosVariables.databasePassword, password), { name, value: this.dsn() }];
    const own = { secretName: this.secrets.metadata.name, key: name };
    return [fromSecret(name, this.references.get(name) ?? own)];
  }

  /** The configuration, with the database's certificate authority beside it where that is in a Secret. */
  private files(): Omit<core.v1.Volume, "name"> {
    const { caCertificate } = this.args.database;
    const config = { name: this.config.metadata.name };
    if (caCertificate === undefined || !isReference(caCertificate)) return { configMap: config };
    const { secretName, key } = caCertificate;
    const authority = { name: secretName, items: [{ key, path: certificateFile }] };
    return { projected: { sources: [{ configMap: config }, { secret: authority }] } };
  }

  private volumes(): core.v1.Volume[] {
    return [{ name: "config", ...this.files() }];
  }

  private pod(spec: Omit<core.v1.PodSpec, "securityContext" | "imagePullSecrets">): core.v1.PodSpec {
    return podSpec({
      user,
      images: this.args.images,
      volumes: this.volumes(),
      ...spec,
    });
  }
}

/**
 * The arguments as a stack's state may show them. The database is left out: its host is known once it answers, and
 * everything in a component waits until the component's own inputs are known.
 */
function shownInputs({ smtp, database: _, ...args }: IdentityServerArgs): object {
  return { ...args, ...(smtp && { smtp: { ...smtp, uri: secret(smtp.uri) } }) };
}

function fromSecret(name: string, { secretName, key }: SecretReference): core.v1.EnvVar {
  return { name, valueFrom: { secretKeyRef: { name: secretName, key } } };
}

function mapperFile(providerId: string): string {
  return `claims.${providerId}.jsonnet`;
}

function providerDocument(provider: LoginProvider, clientId: string): LoginProviderDocument {
  return {
    id: provider.providerId,
    kind: provider.kind,
    label: provider.label,
    clientId,
    scopes: provider.scopes,
    mapperUrl: `file://${configFolder}/${mapperFile(provider.providerId)}`,
    ...(provider.issuerUrl !== undefined && { issuerUrl: provider.issuerUrl }),
    ...(provider.tenant !== undefined && { tenant: provider.tenant }),
    ...(provider.pkce !== undefined && { pkce: provider.pkce }),
  };
}

function mapNonEmpty<T, U>([first, ...rest]: NonEmpty<T>, map: (item: T, index: number) => U): NonEmpty<U> {
  return [map(first, 0), ...rest.map((item, index) => map(item, index + 1))];
}

function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}
