import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import type { ComponentResource, Input } from "@pulumi/pulumi";
import { defined } from "../../documents/shared/defined";
import type { Images } from "../shared/images";
import { labelsOf, type Labels } from "../shared/labels";
import { createNetworkPolicy, namespaceNamed, pods, type NetworkPolicyPeer } from "../shared/networkPolicies";
import { patched, type Patch } from "../shared/patch";
import { databaseName, postgresPort, type DatabaseConnection } from "./connection";
import { databaseDefaults } from "./defaults";

/** Where the operator puts its backups: see its documentation for what each needs beforehand. */
export type CloudNativePgBackupArgs = (
  | {
      /** Name of an `ObjectStore` of the Barman Cloud plugin in the gateway's namespace: backups and the log, in a bucket. */
      readonly objectStore: string;
    }
  | {
      /** Name of a VolumeSnapshotClass. */
      readonly volumeSnapshotClass: string;
    }
) & {
  /**
   * Schedule in the operator's cron format, whose first field is seconds, in UTC.
   * @default "0 17 3 * * *"
   */
  readonly schedule?: string;
};

/** A cluster of PostgreSQL servers that the CloudNativePG operator runs; the operator must already be installed. */
export interface CloudNativePgDatabaseArgs {
  /** The operator CloudNativePG runs it. */
  readonly kind: "cloudNativePg";
  /** Backups; `off` must be set explicitly. */
  readonly backup: CloudNativePgBackupArgs | "off";
  /**
   * Number of servers, one of which writes.
   * @default 3
   */
  readonly instances?: number;
  /**
   * Size of each instance's volume, as a Kubernetes quantity.
   * @default "8Gi"
   */
  readonly storage?: string;
  /**
   * Name of the StorageClass.
   * @default the cluster's default class
   */
  readonly storageClass?: string;
  /**
   * Image of the servers; its tag begins with the major version.
   * @default the operator's own, kept for the life of the cluster
   */
  readonly image?: string;
  /**
   * Namespace of the operator.
   * @default "cnpg-system"
   */
  readonly operatorNamespace?: string;
  /**
   * Whether Pulumi refuses to delete the cluster; with it, the operator would delete its volumes.
   * @default true
   */
  readonly protect?: boolean;
}

/** Where the servers run, and who may connect to them. */
export interface CloudNativePgPlace {
  readonly parent: ComponentResource;
  readonly namespace: Input<string>;
  readonly images: Images;
  readonly clients: readonly NetworkPolicyPeer[];
  readonly patches?: { readonly postgresCluster?: Patch };
}

const apiVersion = "postgresql.cnpg.io/v1";
const barmanCloud = "barman-cloud.cloudnative-pg.io";
/** The port on which each instance's manager answers the operator and the other instances. */
const statusPort = 8000;

/**
 * The objects that the CloudNativePG operator reads. The password is the operator's: the stack never knows it.
 *
 * @see https://cloudnative-pg.io/docs/
 */
export class CloudNativePgDatabase {
  /** Known once every instance is ready. */
  readonly connection: DatabaseConnection;

  private readonly labels: Labels;

  constructor(
    private readonly name: string,
    private readonly args: CloudNativePgDatabaseArgs,
    private readonly place: CloudNativePgPlace,
  ) {
    this.labels = labelsOf(name, "postgres");
    // Before the servers: an instance that cannot be reached is never ready.
    this.createNetworkPolicy();
    const cluster = this.createCluster();
    if (args.backup !== "off") this.createBackups(args.backup, cluster);
    this.connection = {
      peers: [pods(this.instances)],
      host: cluster.id.apply(() => `${name}-rw`),
      port: postgresPort,
      database: databaseName,
      user: databaseName,
      password: { secretName: `${name}-app`, key: "password" },
      sslMode: "verify-full",
      caCertificate: { secretName: `${name}-ca`, key: "ca.crt" },
    };
  }

  private createCluster(): CustomResource {
    const settings = { ...databaseDefaults.cloudNativePg, ...defined(this.args) };
    const { backup, image, instances, protect, storage, storageClass } = settings;
    const { images, namespace, parent, patches } = this.place;
    const spec = {
      instances,
      ...(image !== undefined && { imageName: image }),
      ...(images.pullSecrets.length > 0 && {
        imagePullSecrets: images.pullSecrets.map((name) => ({ name })),
      }),
      bootstrap: { initdb: { database: databaseName, owner: databaseName } },
      storage: { size: storage, ...(storageClass !== undefined && { storageClass }) },
      affinity: { podAntiAffinityType: "preferred", topologyKey: "kubernetes.io/hostname" },
      resources: {
        requests: { cpu: "100m", memory: "256Mi" },
        limits: { cpu: "2", memory: "512Mi" },
      },
      ...(backup !== "off" && destination(backup)),
    };
    return new CustomResource(
      this.name,
      {
        apiVersion,
        kind: "Cluster",
        metadata: {
          // The operator names the Services and Secrets after it.
          name: this.name,
          namespace,
          labels: this.labels,
          annotations: { "pulumi.com/waitFor": "condition=Ready" },
        },
        spec: patched(spec, patches?.postgresCluster),
      },
      { parent, protect, deleteBeforeReplace: true },
    );
  }

  private createBackups(backup: CloudNativePgBackupArgs, cluster: CustomResource): void {
    const { namespace, parent } = this.place;
    new CustomResource(
      `${this.name}-backup`,
      {
        apiVersion,
        kind: "ScheduledBackup",
        metadata: { name: `${this.name}-backup`, namespace, labels: this.labels },
        spec: {
          schedule: backup.schedule ?? databaseDefaults.cloudNativePgBackup.schedule,
          cluster: { name: this.name },
          backupOwnerReference: "cluster",
          immediate: true,
          ...method(backup),
        },
      },
      { parent, dependsOn: [cluster], deleteBeforeReplace: true },
    );
  }

  private get instances(): Labels {
    return { "cnpg.io/cluster": this.name };
  }

  /** Egress is not limited: what the servers need is up to the operator, and so is where their backups go. */
  private createNetworkPolicy(): void {
    const { clients, namespace, parent } = this.place;
    const { operatorNamespace } = { ...databaseDefaults.cloudNativePg, ...defined(this.args) };
    const operator = { namespaceSelector: namespaceNamed(operatorNamespace) };
    createNetworkPolicy(
      this.name,
      {
        namespace,
        pods: this.instances,
        labels: this.labels,
        rules: [
          { from: clients, ports: [postgresPort] },
          { from: [pods(this.instances), operator], ports: [postgresPort, statusPort] },
        ],
      },
      { parent },
    );
  }
}

/** What the cluster's own configuration has to say about the destination of its backups. */
function destination(backup: CloudNativePgBackupArgs): object {
  if ("volumeSnapshotClass" in backup)
    return { backup: { volumeSnapshot: { className: backup.volumeSnapshotClass } } };
  const parameters = { barmanObjectName: backup.objectStore };
  return { plugins: [{ name: barmanCloud, isWALArchiver: true, parameters }] };
}

/** A snapshot is taken of an instance that is stopped for it: without an archive of the log, any other is useless. */
function method(backup: CloudNativePgBackupArgs): object {
  if ("volumeSnapshotClass" in backup) return { method: "volumeSnapshot", online: false };
  return { method: "plugin", pluginConfiguration: { name: barmanCloud } };
}
