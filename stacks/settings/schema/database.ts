import { z } from "zod";
import { databaseDefaults } from "../../../components/database/defaults";
import { count, duration, list, peerOrBlock, port, secretReference } from "./fields";

const storage = z.string().meta({
  description: "Size of each volume, as a Kubernetes quantity.",
  byDefault: databaseDefaults.inCluster.storage,
});
const storageClass = z
  .string()
  .meta({ description: "Name of the StorageClass.", absent: "the cluster's default" });
const protect = z.boolean().meta({
  description: "Whether Pulumi refuses to delete it; its data would be deleted with it.",
  byDefault: databaseDefaults.inCluster.protect,
});

const backup = z
  .strictObject({
    schedule: z
      .string()
      .meta({
        description: "Cron schedule, in UTC.",
        byDefault: databaseDefaults.backup.schedule,
      })
      .exactOptional(),
    keep: count
      .meta({ description: "Number of backups to keep.", byDefault: databaseDefaults.backup.keep })
      .exactOptional(),
    storage: z
      .string()
      .meta({
        description: "Size of the backups' volume, as a Kubernetes quantity.",
        byDefault: databaseDefaults.backup.storage,
      })
      .exactOptional(),
    storageClass: storageClass.exactOptional(),
    encryptTo: z
      .string()
      .meta({
        description:
          "PEM of an X.509 certificate with an RSA key of 2048 bits or more, with which backups are encrypted.",
        absent: "not encrypted",
      })
      .exactOptional(),
  })
  .meta({ typeName: "DumpBackup" });

const snapshotSchedule = z.string().meta({
  description: "Schedule in the operator's cron format, whose first field is seconds.",
  byDefault: databaseDefaults.cloudNativePgBackup.schedule,
});

const cloudNativePgBackup = z.union(
  [
    z.literal("off"),
    z
      .strictObject({
        objectStore: z.string().meta({
          description: "Name of an ObjectStore of the Barman Cloud plugin in the gateway's namespace.",
        }),
        schedule: snapshotSchedule.exactOptional(),
      })
      .meta({ typeName: "ObjectStoreBackup" }),
    z
      .strictObject({
        volumeSnapshotClass: z.string().meta({ description: "Name of a VolumeSnapshotClass." }),
        schedule: snapshotSchedule.exactOptional(),
      })
      .meta({ typeName: "VolumeSnapshotBackup" }),
  ],
  { error: 'Write "off", {objectStore} or {volumeSnapshotClass}.' },
);

const kind = { description: "Kind of the database." };

/** Which database holds identities and sessions, without the secret, which has a key of its own. */
export const database = z.discriminatedUnion(
  "kind",
  [
    z.strictObject({
      kind: z.literal("inCluster").meta(kind),
      storage: storage.exactOptional(),
      storageClass: storageClass.exactOptional(),
      protect: protect.exactOptional(),
      backup: z
        .union([z.literal("off"), backup], {
          error: 'Write "off" or {schedule?, keep?, storage?, storageClass?, encryptTo?}.',
        })
        .meta({
          description: "Backups by pg_dump: off, or {schedule?, keep?, storage?, storageClass?, encryptTo?}.",
          absent: "every night",
        })
        .exactOptional(),
    }),
    z.strictObject({
      kind: z.literal("cloudNativePg").meta(kind),
      backup: cloudNativePgBackup.meta({
        description: "off, or {objectStore} or {volumeSnapshotClass} with schedule?.",
      }),
      instances: count
        .meta({ description: "Number of servers.", byDefault: databaseDefaults.cloudNativePg.instances })
        .exactOptional(),
      storage: storage.exactOptional(),
      storageClass: storageClass.exactOptional(),
      image: z
        .string()
        .meta({
          description: "Image of the servers; its tag begins with the major version.",
          absent: "the operator's",
        })
        .exactOptional(),
      operatorNamespace: z
        .string()
        .meta({
          description: "Namespace of the operator.",
          byDefault: databaseDefaults.cloudNativePg.operatorNamespace,
        })
        .exactOptional(),
      protect: protect.exactOptional(),
    }),
    z.strictObject({
      kind: z.literal("cloudSql").meta(kind),
      region: z.string().meta({ description: "Google Cloud region, for example europe-west3." }),
      network: z
        .string()
        .meta({ description: "The cluster's VPC network, projects/PROJECT/global/networks/NAME." }),
      project: z
        .string()
        .meta({ description: "Google Cloud project.", absent: "the Google provider's" })
        .exactOptional(),
      tier: z
        .string()
        .meta({ description: "Size of the instance.", byDefault: databaseDefaults.cloudSql.tier })
        .exactOptional(),
      keepBackups: count
        .meta({
          description: "Number of nightly backups to keep.",
          byDefault: databaseDefaults.cloudSql.keepBackups,
        })
        .exactOptional(),
      protect: protect.exactOptional(),
    }),
    z.strictObject({
      kind: z.literal("external").meta(kind),
      host: z.string().meta({ description: "Name or address of the server, without a port." }),
      port: port.meta({ description: "Port of the server." }).default(5432),
      database: z.string().meta({ description: "Name of the database." }),
      user: z.string().meta({ description: "Name of the user." }),
      sslMode: z
        .enum(["disable", "require", "verify-ca", "verify-full"])
        .meta({ description: "How the server is checked, as in PostgreSQL's sslmode." })
        .default("verify-full"),
      password: secretReference
        .meta({
          description: "{secretName, key} of a Secret in the gateway's namespace.",
          absent: "the key `portcullis:databasePassword`",
        })
        .exactOptional(),
      caCertificate: z
        .union([z.string(), secretReference], { error: "Write the PEM, or {secretName, key}." })
        .meta({
          description: "PEM of the certificate authority, or {secretName, key} of the Secret that holds it.",
          absent: "the system's trusted authorities",
        })
        .exactOptional(),
      pool: z
        .strictObject({
          maxConnections: count
            .meta({
              description: "Maximum number of connections of one pod.",
              absent: "16, or a share of PostgreSQL's 100",
            })
            .exactOptional(),
          maxIdleConnections: count
            .meta({
              description: "Maximum number of idle connections that stay open.",
              absent: "all of them",
            })
            .exactOptional(),
          maxLifetime: duration
            .meta({ description: "Maximum lifetime of a connection.", byDefault: "1h" })
            .exactOptional(),
          maxIdleTime: duration
            .meta({ description: "How long an idle connection stays open.", byDefault: "15m" })
            .exactOptional(),
        })
        .meta({
          description: "Connections of each pod of the identity server.",
          absent: "a share of PostgreSQL's 100",
          typeName: "ConnectionPool",
        })
        .exactOptional(),
      peers: list(peerOrBlock)
        .meta({
          description:
            "The server's pods or addresses: at this port, the identity server may connect to nothing else.",
          absent: "any at this port",
        })
        .exactOptional(),
    }),
  ],
  {
    error:
      "Write {kind: inCluster}, {kind: cloudNativePg, backup}, {kind: cloudSql, region, network} or {kind: external, host, database, user}.",
  },
);
