import { StatefulSet } from "@pulumi/kubernetes/apps/v1";
import { PersistentVolumeClaim, Secret, type Service } from "@pulumi/kubernetes/core/v1";
import {
  all,
  ComponentResource,
  secret,
  type ComponentResourceOptions,
  type Input,
  type Output,
} from "@pulumi/pulumi";
import type { SslMode } from "../ory/kratos/dsn";
import type { Images } from "./shared/images";
import { labelsOf, podsOf, type Labels } from "./shared/labels";
import { allowOnly, type NetworkPolicyPeer } from "./shared/networkPolicies";
import { container, podSpec, resources } from "./shared/pods";
import { generatedSecret } from "./shared/secrets";
import { service } from "./shared/service";

/** How to reach a PostgreSQL database. */
export interface DatabaseConnection {
  readonly host: Input<string>;
  readonly port: Input<number>;
  readonly database: Input<string>;
  readonly user: Input<string>;
  /** Treated as a secret, whether or not it is one already. */
  readonly password: Input<string>;
  readonly sslMode: Input<SslMode>;
  /** PEM of the certificate authority, for `verify-ca` and `verify-full`. */
  readonly caCertificate?: Input<string>;
}

/** A single PostgreSQL server in the gateway's namespace. */
export interface InClusterDatabaseArgs {
  readonly kind: "inCluster";
  /**
   * Size of the volume, as a Kubernetes quantity.
   * @default "8Gi"
   */
  readonly storage?: string;
  /**
   * Name of the StorageClass.
   * @default the cluster's default class
   */
  readonly storageClass?: string;
  /**
   * Whether Pulumi refuses to delete the volume and the password. Without it `pulumi destroy` deletes every identity.
   * @default true
   */
  readonly protect?: boolean;
}

/** A database that somebody else runs. */
export interface ExternalDatabaseArgs extends DatabaseConnection {
  readonly kind: "external";
}

/** Which database holds identities and sessions. */
export type DatabaseArgs = InClusterDatabaseArgs | ExternalDatabaseArgs;

export interface PostgresArgs {
  readonly namespace: Input<string>;
  readonly images: Images;
  readonly database: DatabaseArgs;
  /** Pods that may connect to a server in the cluster. */
  readonly clients: readonly NetworkPolicyPeer[];
}

const port = 5432;
const databaseName = "kratos";
/** User and group `postgres` of the official image. */
const user = 999;
const dataFolder = "/var/lib/postgresql/data";

/**
 * The database of identities and sessions: a server in the cluster, or the connection to one outside it.
 *
 * @example
 * const postgres = new Postgres("identities", {
 *   namespace: "portcullis",
 *   images: resolveImages("v26.2"),
 *   database: { kind: "inCluster", storage: "20Gi" },
 *   clients: [{ podSelector: { matchLabels: { "app.kubernetes.io/component": "identity-server" } } }],
 * });
 * @see https://hub.docker.com/_/postgres
 */
export class Postgres extends ComponentResource {
  static readonly token = "portcullis:index:Postgres";

  /** Known once the server answers: whoever uses it waits for that. */
  readonly connection: DatabaseConnection;

  constructor(name: string, args: PostgresArgs, opts?: ComponentResourceOptions) {
    const database = args.database.kind === "external" ? withSecretPassword(args.database) : args.database;
    super(Postgres.token, name, { ...args, database }, opts);
    this.connection = database.kind === "inCluster" ? this.server(name, args, database) : database;
    this.registerOutputs({ host: this.connection.host });
  }

  private server(name: string, args: PostgresArgs, database: InClusterDatabaseArgs): DatabaseConnection {
    const protect = database.protect ?? true;
    const labels = labelsOf(name, "postgres");
    const password = generatedSecret(`${name}-password`, { parent: this, protect });
    const credentials = this.credentials(name, args, labels, password, protect);
    const volume = this.volume(name, args, labels, database, protect);
    const service = this.service(name, args, labels);
    const statefulSet = this.statefulSet(name, args, labels, credentials, volume);
    this.networkPolicy(name, args, labels);
    return {
      host: all([service.metadata.name, statefulSet.id]).apply(([host]) => host),
      port,
      database: databaseName,
      user: databaseName,
      password,
      sslMode: "disable",
    };
  }

  private credentials(
    name: string,
    args: PostgresArgs,
    labels: Labels,
    password: Output<string>,
    protect: boolean,
  ): Secret {
    return new Secret(
      name,
      { metadata: { namespace: args.namespace, labels }, stringData: { password } },
      { parent: this, protect },
    );
  }

  private volume(
    name: string,
    args: PostgresArgs,
    labels: Labels,
    database: InClusterDatabaseArgs,
    protect: boolean,
  ): PersistentVolumeClaim {
    return new PersistentVolumeClaim(
      name,
      {
        metadata: {
          name,
          namespace: args.namespace,
          labels,
          // Many storage classes bind a volume only when a pod asks for it.
          annotations: { "pulumi.com/skipAwait": "true" },
        },
        spec: {
          accessModes: ["ReadWriteOnce"],
          resources: { requests: { storage: database.storage ?? "8Gi" } },
          ...(database.storageClass !== undefined && { storageClassName: database.storageClass }),
        },
      },
      { parent: this, protect },
    );
  }

  private service(name: string, args: PostgresArgs, labels: Labels): Service {
    const exposed = { name: "postgres", number: port };
    return service(
      name,
      { namespace: args.namespace, labels, role: "postgres", port: exposed },
      { parent: this },
    );
  }

  private statefulSet(
    name: string,
    args: PostgresArgs,
    labels: Labels,
    credentials: Secret,
    volume: PersistentVolumeClaim,
  ): StatefulSet {
    const listens = { tcpSocket: { port: "postgres" } };
    // Over TCP: while the image initialises the volume it runs a server that listens on a socket alone.
    const isReady = ["pg_isready", "-h", "127.0.0.1", "-U", databaseName, "-d", databaseName];
    return new StatefulSet(
      name,
      {
        metadata: { name, namespace: args.namespace, labels },
        spec: {
          replicas: 1,
          // Its name, not its output: the engine holds a Service for ready until it has a ready pod.
          serviceName: name,
          revisionHistoryLimit: 3,
          selector: { matchLabels: podsOf("postgres") },
          template: {
            metadata: { labels },
            spec: podSpec({
              user,
              images: args.images,
              // The image's stop signal is a fast shutdown; this is for its last checkpoint.
              terminationGracePeriodSeconds: 60,
              containers: [
                container({
                  name: "postgres",
                  image: args.images.references.postgres,
                  env: [
                    { name: "POSTGRES_USER", value: databaseName },
                    { name: "POSTGRES_DB", value: databaseName },
                    {
                      name: "POSTGRES_PASSWORD",
                      valueFrom: { secretKeyRef: { name: credentials.metadata.name, key: "password" } },
                    },
                    // A folder of its own: the volume's root may hold a lost+found.
                    { name: "PGDATA", value: `${dataFolder}/pgdata` },
                  ],
                  ports: [{ name: "postgres", containerPort: port }],
                  startupProbe: { ...listens, periodSeconds: 2, failureThreshold: 150 },
                  livenessProbe: { ...listens, periodSeconds: 10, failureThreshold: 6 },
                  readinessProbe: { exec: { command: isReady }, periodSeconds: 5, timeoutSeconds: 5 },
                  resources: resources(["100m", "2"], ["128Mi", "512Mi"]),
                  volumeMounts: [
                    { name: "data", mountPath: dataFolder },
                    { name: "run", mountPath: "/var/run/postgresql" },
                    { name: "tmp", mountPath: "/tmp" },
                  ],
                }),
              ],
              volumes: [
                { name: "data", persistentVolumeClaim: { claimName: volume.metadata.name } },
                { name: "run", emptyDir: {} },
                { name: "tmp", emptyDir: {} },
              ],
            }),
          },
        },
      },
      { parent: this, deleteBeforeReplace: true },
    );
  }

  private networkPolicy(name: string, args: PostgresArgs, labels: Labels): void {
    allowOnly(
      name,
      {
        namespace: args.namespace,
        pods: podsOf("postgres"),
        labels,
        rules: [{ from: args.clients, ports: [port] }],
      },
      { parent: this },
    );
  }
}

/** The connection with its password marked, wherever it ends up in a stack's state. */
export function withSecretPassword<T extends DatabaseConnection>(connection: T): T {
  return { ...connection, password: secret(connection.password) };
}
