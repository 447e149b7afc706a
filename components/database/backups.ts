import { CronJob } from "@pulumi/kubernetes/batch/v1";
import type { ConfigMap, PersistentVolumeClaim } from "@pulumi/kubernetes/core/v1";
import type { core } from "@pulumi/kubernetes/types/input";
import type { ComponentResource, Input } from "@pulumi/pulumi";
import { passingTables } from "../../documents/kratos/tables";
import { defined } from "../../documents/shared/defined";
import type { PostgresArgs } from "../postgres";
import { egressRules, type PartEgress } from "../shared/egress";
import type { Images } from "../shared/images";
import { createImmutableConfigMap } from "../shared/immutable";
import { labelsOf, podLabels, type Labels, type Role } from "../shared/labels";
import { createNetworkPolicy, pods } from "../shared/networkPolicies";
import type { Patch } from "../shared/patch";
import { container, cronJobSpec, newPodForEachAttempt, podSpec, resources } from "../shared/pods";
import { script } from "../shared/scripts";
import { createVolumeClaim } from "../shared/volumeClaim";
import { postgresPort, postgresUser } from "./connection";
import { databaseDefaults } from "./defaults";

/**
 * Backups by `pg_dump` to a volume in the gateway's namespace, without sessions and other data that is of use only for
 * hours.
 */
export interface BackupArgs {
  /**
   * Cron schedule, in UTC.
   * @default "17 3 * * *"
   */
  readonly schedule?: string;
  /**
   * Number of backups to keep: each complete backup replaces the oldest.
   * @default 14
   */
  readonly keep?: number;
  /**
   * Size of the volume, as a Kubernetes quantity.
   * @default "8Gi"
   */
  readonly storage?: string;
  /**
   * Name of the StorageClass; a class of another kind than the database's is worth more.
   * @default the cluster's default class
   */
  readonly storageClass?: string;
  /**
   * PEM of an X.509 certificate with an RSA key of 2048 bits or more. Backups are encrypted with it (CMS, AES-256-GCM)
   * before they reach the volume; only a restore needs its private key. Only the key counts: the certificate may be
   * self-signed and expired.
   * @default not encrypted
   * @see https://docs.openssl.org/3.0/man1/openssl-cms/
   */
  readonly encryptTo?: string;
}

/** What is backed up, and where the backups run. */
export interface BackupPlace {
  readonly parent: ComponentResource;
  readonly namespace: Input<string>;
  readonly images: Images;
  readonly protect: boolean;
  readonly egress?: PartEgress;
  readonly patches?: PostgresArgs["patches"];
  readonly server: Input<string>;
  /** Name of the database and of its owner. */
  readonly database: string;
  readonly password: core.v1.SecretKeySelector;
}

type BackupRole = Extract<Role, "postgres-backup" | "postgres-restore">;

/** Pods that must reach the server. */
export const backupRoles: readonly BackupRole[] = ["postgres-backup", "postgres-restore"];

const scripts = {
  "postgres-backup": "backup-database.sh",
  "postgres-restore": "restore-database.sh",
} as const;
/** The script that both roles run first. */
const waitScript = "wait-for-database.sh" as const;
const backupFolder = "/backups";
const scriptFolder = "/scripts";
const certificateFile = "certificate.pem";
const keyFolder = "/key";
const keyFile = "key.pem";
const memoryFolder = "/memory";

/**
 * A CronJob that makes backups, and one that never runs by itself: a Job created from it restores a backup.
 *
 * @see https://www.postgresql.org/docs/17/app-pgdump.html
 */
export class Backups {
  constructor(
    private readonly name: string,
    private readonly args: BackupArgs,
    private readonly place: BackupPlace,
  ) {
    const volume = this.createVolume();
    const files = this.createFiles();
    this.createNetworkPolicy(`${name}-backup`, "postgres-backup");
    this.createNetworkPolicy(`${name}-restore`, "postgres-restore");
    this.createBackup(volume, files);
    this.createRestore(volume, files);
  }

  private createVolume(): PersistentVolumeClaim {
    const { namespace, parent, protect } = this.place;
    const { storage, storageClass } = { ...databaseDefaults.backup, ...defined(this.args) };
    const labels = labelsOf(this.name, "postgres-backup");
    return createVolumeClaim(
      `${this.name}-backups`,
      { namespace, labels, storage, storageClass },
      { parent, protect },
    );
  }

  private createFiles(): ConfigMap {
    const { encryptTo } = this.args;
    return createImmutableConfigMap(
      `${this.name}-backups`,
      {
        metadata: { namespace: this.place.namespace, labels: labelsOf(this.name, "postgres-backup") },
        data: {
          ...Object.fromEntries([...Object.values(scripts), waitScript].map((file) => [file, script(file)])),
          ...(encryptTo !== undefined && { [certificateFile]: encryptTo }),
        },
      },
      { parent: this.place.parent },
    );
  }

  private createBackup(volume: PersistentVolumeClaim, files: ConfigMap): void {
    const { encryptTo, keep, schedule } = { ...databaseDefaults.backup, ...defined(this.args) };
    const env = [
      { name: "KEEP", value: String(keep) },
      { name: "PASSING_TABLES", value: passingTables.join(" ") },
      ...(encryptTo === undefined
        ? []
        : [{ name: "CERTIFICATE_FILE", value: `${scriptFolder}/${certificateFile}` }]),
    ];
    const pod = this.pod("postgres-backup", volume, files, { env, memory: "256Mi" });
    this.createCronJob(`${this.name}-backup`, { schedule }, pod, this.place.patches?.postgresBackup);
  }

  private createRestore(volume: PersistentVolumeClaim, files: ConfigMap): void {
    const env = [
      { name: "KEY_FILE", value: `${keyFolder}/${keyFile}` },
      { name: "MEMORY_FOLDER", value: memoryFolder },
    ];
    const pod = this.pod("postgres-restore", volume, files, {
      env,
      // Reading an encrypted backup takes five times its size.
      memory: "1Gi",
      volumeMounts: [
        { name: "key", mountPath: keyFolder, readOnly: true },
        { name: "memory", mountPath: memoryFolder },
      ],
      volumes: [
        // Exists only while somebody restores an encrypted backup.
        { name: "key", secret: { secretName: `${this.name}-restore-key`, optional: true } },
        { name: "memory", emptyDir: { medium: "Memory" } },
      ],
    });
    this.createCronJob(`${this.name}-restore`, never, pod, this.place.patches?.postgresRestore);
  }

  private createNetworkPolicy(name: string, role: BackupRole): void {
    const { egress, namespace, parent } = this.place;
    const server = { to: [pods(podLabels("postgres"))], ports: [postgresPort] };
    createNetworkPolicy(
      name,
      {
        namespace,
        pods: podLabels(role),
        labels: labelsOf(this.name, role),
        rules: [],
        egress: egressRules(egress, [server]),
      },
      { parent },
    );
  }

  private createCronJob(
    name: string,
    when: { schedule: string; suspend?: boolean },
    pod: Pod,
    patch: Patch | undefined,
  ): void {
    new CronJob(
      name,
      {
        metadata: { name, namespace: this.place.namespace, labels: pod.labels },
        spec: cronJobSpec({
          when: { ...when, timeZone: "Etc/UTC" },
          // It may start an hour late. The next night makes up for one that was missed.
          startingDeadlineSeconds: 3600,
          failedJobs: 3,
          job: { backoffLimit: 3, activeDeadlineSeconds: 6 * 3600 },
          labels: pod.labels,
          pod: pod.spec,
          patch,
        }),
      },
      { parent: this.place.parent, deleteBeforeReplace: true },
    );
  }

  private pod(
    role: BackupRole,
    volume: PersistentVolumeClaim,
    files: ConfigMap,
    { env, memory, volumeMounts = [], volumes = [] }: PodArgs,
  ): Pod {
    const { images } = this.place;
    return {
      labels: labelsOf(this.name, role),
      spec: podSpec({
        user: postgresUser,
        images,
        ...newPodForEachAttempt,
        containers: [
          container({
            name: role,
            image: images.references.postgres,
            command: ["sh", `${scriptFolder}/${scripts[role]}`],
            env: [...this.connection(), { name: "BACKUP_FOLDER", value: backupFolder }, ...env],
            resources: resources(["50m", "1"], ["32Mi", memory]),
            volumeMounts: [
              { name: "backups", mountPath: backupFolder },
              { name: "scripts", mountPath: scriptFolder, readOnly: true },
              ...volumeMounts,
            ],
          }),
        ],
        volumes: [
          { name: "backups", persistentVolumeClaim: { claimName: volume.metadata.name } },
          { name: "scripts", configMap: { name: files.metadata.name } },
          ...volumes,
        ],
      }),
    };
  }

  /** @see https://www.postgresql.org/docs/17/libpq-envars.html */
  private connection(): core.v1.EnvVar[] {
    const { database, password, server } = this.place;
    return [
      { name: "PGHOST", value: server },
      { name: "PGUSER", value: database },
      { name: "PGDATABASE", value: database },
      { name: "PGPASSWORD", valueFrom: { secretKeyRef: password } },
    ];
  }
}

/** How the pods of the two roles differ. */
interface PodArgs {
  readonly env: core.v1.EnvVar[];
  /** Limit of the container. */
  readonly memory: string;
  readonly volumeMounts?: core.v1.VolumeMount[];
  readonly volumes?: core.v1.Volume[];
}

interface Pod {
  readonly labels: Labels;
  readonly spec: core.v1.PodSpec;
}

const never = { schedule: "0 0 1 1 *", suspend: true };
