import { StatefulSet } from "@pulumi/kubernetes/apps/v1";
import type { Secret, PersistentVolumeClaim, Service } from "@pulumi/kubernetes/core/v1";
import type { core } from "@pulumi/kubernetes/types/input";
import { all, type ComponentResource, type Input, type Output } from "@pulumi/pulumi";
import { defined } from "../../documents/shared/defined";
import type { PostgresArgs } from "../postgres";
import { egressRules, type PartEgress } from "../shared/egress";
import type { Images } from "../shared/images";
import { createImmutableSecret } from "../shared/immutable";
import { labelsOf, podLabels, type Labels } from "../shared/labels";
import { createNetworkPolicy, pods, type NetworkPolicyPeer } from "../shared/networkPolicies";
import { patched } from "../shared/patch";
import { container, podSpec, resources } from "../shared/pods";
import { createGeneratedSecret } from "../shared/secrets";
import { createService } from "../shared/service";
import { createVolumeClaim } from "../shared/volumeClaim";
import { backupRoles, Backups, type BackupArgs } from "./backups";
import { databaseName, postgresPort, postgresUser, type DatabaseConnection } from "./connection";
import { databaseDefaults } from "./defaults";

/** A single PostgreSQL server in the gateway's namespace. */
export interface InClusterDatabaseArgs {
  /** A server of its own in the cluster. */
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
   * Whether Pulumi refuses to delete the volumes and the password. Without it, `pulumi destroy` deletes every identity.
   * @default true
   */
  readonly protect?: boolean;
  /**
   * Regular backups to a volume of their own.
   * @default every night, the last 14 of them
   */
  readonly backup?: BackupArgs | "off";
}

/** Where the server runs, and who may connect to it. */
export interface InClusterPlace {
  readonly parent: ComponentResource;
  readonly namespace: Input<string>;
  readonly images: Images;
  readonly clients: readonly NetworkPolicyPeer[];
  readonly egress?: PartEgress;
  readonly patches?: PostgresArgs["patches"];
}

const passwordKey = "password";
const dataFolder = "/var/lib/postgresql/data";

/** The objects of the server in the cluster. */
export class InClusterDatabase {
  /** Known once the server answers. */
  readonly connection: DatabaseConnection;

  private readonly protect: boolean;
  private readonly labels: Labels;

  constructor(
    private readonly name: string,
    private readonly args: InClusterDatabaseArgs,
    private readonly place: InClusterPlace,
  ) {
    this.protect = args.protect ?? databaseDefaults.inCluster.protect;
    this.labels = labelsOf(name, "postgres");
    const password = createGeneratedSecret(`${name}-password`, {
      parent: place.parent,
      protect: this.protect,
    });
    const credentials = this.createCredentials(password);
    const service = this.createService();
    const statefulSet = this.createStatefulSet(credentials, this.createVolume());
    this.createNetworkPolicy();
    this.createBackups(service.metadata.name, credentials);
    this.connection = {
      host: all([service.metadata.name, statefulSet.id]).apply(([host]) => host),
      port: postgresPort,
      database: databaseName,
      user: databaseName,
      password,
      sslMode: "disable",
      peers: [pods(podLabels("postgres"))],
    };
  }

  private createCredentials(password: Output<string>): Secret {
    return createImmutableSecret(
      this.name,
      {
        metadata: { namespace: this.place.namespace, labels: this.labels },
        stringData: { [passwordKey]: password },
      },
      { parent: this.place.parent, protect: this.protect },
    );
  }

  private createVolume(): PersistentVolumeClaim {
    const { storage, storageClass } = { ...databaseDefaults.inCluster, ...defined(this.args) };
    return createVolumeClaim(
      this.name,
      { namespace: this.place.namespace, labels: this.labels, storage, storageClass },
      { parent: this.place.parent, protect: this.protect },
    );
  }

  private createService(): Service {
    const exposed = { name: "postgres", number: postgresPort };
    return createService(
      this.name,
      { namespace: this.place.namespace, labels: this.labels, role: "postgres", port: exposed },
      { parent: this.place.parent },
    );
  }

  private createStatefulSet(credentials: Secret, volume: PersistentVolumeClaim): StatefulSet {
    const { images, namespace, parent } = this.place;
    return new StatefulSet(
      this.name,
      {
        metadata: { name: this.name, namespace, labels: this.labels },
        spec: patched(
          {
            replicas: 1,
            // Its name, not its output: neither waits for the other.
            serviceName: this.name,
            revisionHistoryLimit: 3,
            selector: { matchLabels: podLabels("postgres") },
            template: {
              metadata: { labels: this.labels },
              spec: podSpec({
                user: postgresUser,
                images,
                // The image's stop signal is a fast shutdown; this is for its last checkpoint.
                terminationGracePeriodSeconds: 60,
                containers: [this.server(credentials)],
                volumes: [
                  { name: "data", persistentVolumeClaim: { claimName: volume.metadata.name } },
                  { name: "run", emptyDir: { sizeLimit: "16Mi" } },
                  { name: "tmp", emptyDir: { sizeLimit: "64Mi" } },
                ],
              }),
            },
          },
          this.place.patches?.postgres,
        ),
      },
      { parent, deleteBeforeReplace: true },
    );
  }

  private server(credentials: Secret): core.v1.Container {
    const listens = { tcpSocket: { port: "postgres" } };
    // Over TCP: while the image initialises the volume it runs a server that listens only on a socket.
    const isReady = ["pg_isready", "-h", "127.0.0.1", "-U", databaseName, "-d", databaseName];
    return container({
      name: "postgres",
      image: this.place.images.references.postgres,
      env: [
        { name: "POSTGRES_USER", value: databaseName },
        { name: "POSTGRES_DB", value: databaseName },
        {
          name: "POSTGRES_PASSWORD",
          valueFrom: { secretKeyRef: { name: credentials.metadata.name, key: passwordKey } },
        },
        // A folder of its own: the volume's root may hold a lost+found.
        { name: "PGDATA", value: `${dataFolder}/pgdata` },
      ],
      ports: [{ name: "postgres", containerPort: postgresPort }],
      startupProbe: { ...listens, periodSeconds: 1, failureThreshold: 300 },
      livenessProbe: { ...listens, periodSeconds: 10, failureThreshold: 6 },
      readinessProbe: { exec: { command: isReady }, periodSeconds: 10, timeoutSeconds: 5 },
      resources: resources(["100m", "2"], ["128Mi", "512Mi"]),
      volumeMounts: [
        { name: "data", mountPath: dataFolder },
        { name: "run", mountPath: "/var/run/postgresql" },
        { name: "tmp", mountPath: "/tmp" },
      ],
    });
  }

  private createNetworkPolicy(): void {
    const { clients, egress, namespace, parent } = this.place;
    const backups = this.args.backup === "off" ? [] : backupRoles.map((role) => pods(podLabels(role)));
    createNetworkPolicy(
      this.name,
      {
        namespace,
        pods: podLabels("postgres"),
        labels: this.labels,
        rules: [{ from: [...clients, ...backups], ports: [postgresPort] }],
        egress: egressRules(egress),
      },
      { parent },
    );
  }

  private createBackups(server: Input<string>, credentials: Secret): void {
    const { backup = {} } = this.args;
    if (backup === "off") return;
    new Backups(this.name, backup, {
      ...this.place,
      protect: this.protect,
      server,
      database: databaseName,
      password: { name: credentials.metadata.name, key: passwordKey },
    });
  }
}
