import { CronJob } from "@pulumi/kubernetes/batch/v1";
import { ConfigMap, type PersistentVolumeClaim } from "@pulumi/kubernetes/core/v1";
import type { core } from "@pulumi/kubernetes/types/input";
import type { ComponentResource, Input } from "@pulumi/pulumi";
import { found, type Problem } from "../../ory/problem";
import type { Images } from "../shared/images";
import { labelsOf, type Labels, type Role } from "../shared/labels";
import { container, podSpec, resources } from "../shared/pods";
import { script } from "../shared/scripts";
import { volumeClaim } from "../shared/volumeClaim";
import { postgresUser } from "./connection";

/** Backups by `pg_dump` to a volume in the gateway's namespace. */
export interface BackupArgs {
  /**
   * When, in the form of cron and in UTC.
   * @default "17 3 * * *"
   */
  readonly schedule?: string;
  /**
   * How many backups stay: each one that is complete takes the place of the oldest.
   * @default 14
   */
  readonly keep?: number;
  /**
   * Size of the volume, as a Kubernetes quantity.
   * @default "8Gi"
   */
  readonly storage?: string;
  /**
   * Name of the StorageClass; one of another kind than the database's is worth more.
   * @default the cluster's default class
   */
  readonly storageClass?: string;
}

/** What the backups are of, and where they run. */
export interface BackupPlace {
  readonly parent: ComponentResource;
  readonly namespace: Input<string>;
  readonly images: Images;
  readonly protect: boolean;
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
const backupFolder = "/backups";
const scriptFolder = "/scripts";

/**
 * A CronJob that makes backups, and one that never runs by itself: a Job made from it puts a backup back.
 *
 * @see https://www.postgresql.org/docs/17/app-pgdump.html
 */
export class Backups {
  constructor(
    private readonly name: string,
    private readonly args: BackupArgs,
    private readonly place: BackupPlace,
  ) {
    const volume = this.volume();
    const scripts = this.scripts();
    const { schedule = "17 3 * * *", keep = 14 } = args;
    const keeping = [{ name: "KEEP", value: String(keep) }];
    this.cronJob(`${name}-backup`, { schedule }, this.pod("postgres-backup", volume, scripts, keeping));
    this.cronJob(`${name}-restore`, never, this.pod("postgres-restore", volume, scripts));
  }

  private volume(): PersistentVolumeClaim {
    const { namespace, parent, protect } = this.place;
    const { storage = "8Gi", storageClass } = this.args;
    const labels = labelsOf(this.name, "postgres-backup");
    return volumeClaim(
      `${this.name}-backups`,
      { namespace, labels, storage, storageClass },
      { parent, protect },
    );
  }

  private scripts(): ConfigMap {
    return new ConfigMap(
      `${this.name}-backups`,
      {
        metadata: { namespace: this.place.namespace, labels: labelsOf(this.name, "postgres-backup") },
        data: Object.fromEntries(Object.values(scripts).map((file) => [file, script(file)])),
      },
      { parent: this.place.parent },
    );
  }

  private cronJob(name: string, when: { schedule: string; suspend?: boolean }, pod: Pod): void {
    new CronJob(
      name,
      {
        metadata: { name, namespace: this.place.namespace, labels: pod.labels },
        spec: {
          ...when,
          timeZone: "Etc/UTC",
          concurrencyPolicy: "Forbid",
          successfulJobsHistoryLimit: 1,
          failedJobsHistoryLimit: 3,
          jobTemplate: {
            spec: {
              backoffLimit: 3,
              activeDeadlineSeconds: 6 * 3600,
              template: { metadata: { labels: pod.labels }, spec: pod.spec },
            },
          },
        },
      },
      { parent: this.place.parent, deleteBeforeReplace: true },
    );
  }

  private pod(
    role: BackupRole,
    volume: PersistentVolumeClaim,
    files: ConfigMap,
    env: core.v1.EnvVar[] = [],
  ): Pod {
    const { images } = this.place;
    return {
      labels: labelsOf(this.name, role),
      spec: podSpec({
        user: postgresUser,
        images,
        restartPolicy: "OnFailure",
        containers: [
          container({
            name: role,
            image: images.references.postgres,
            command: ["sh", `${scriptFolder}/${scripts[role]}`],
            env: [...this.connection(), { name: "BACKUP_FOLDER", value: backupFolder }, ...env],
            resources: resources(["50m", "1"], ["32Mi", "256Mi"]),
            volumeMounts: [
              { name: "backups", mountPath: backupFolder },
              { name: "scripts", mountPath: scriptFolder, readOnly: true },
            ],
          }),
        ],
        volumes: [
          { name: "backups", persistentVolumeClaim: { claimName: volume.metadata.name } },
          { name: "scripts", configMap: { name: files.metadata.name } },
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

interface Pod {
  readonly labels: Labels;
  readonly spec: core.v1.PodSpec;
}

const never = { schedule: "0 0 1 1 *", suspend: true };

/** Says what cannot be kept; the API server checks the schedule and the quantity. */
export function backupProblems(path: string, { keep }: BackupArgs): Problem[] {
  if (keep === undefined || (Number.isInteger(keep) && keep > 0)) return [];
  return [
    {
      path: `${path}.keep`,
      value: found(keep),
      reason: "is not a whole number above 0",
      fix: 'Write for example 14, or backup: "off".',
    },
  ];
}
