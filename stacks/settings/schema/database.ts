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
  description: "Whether Pulumi refuses to delete it, with which its data goes.",
  byDefault: databaseDefaults.inCluster.protect,
});

const backup = z
  .strictObject({
    schedule: z
      .string()
      .meta({
        description: "When, in the form of cron and in UTC.",
        byDefault: databaseDefaults.backup.schedule,
      })
      .exactOptional(),
    keep: count
      .meta({ description: "How many backups stay.", byDefault: databaseDefaults.backup.keep })
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
          "PEM of an X.509 certificate with an RSA key of 2048 bits or more, to which backups are encrypted.",
        absent: "not encrypted",
      })
      .exactOptional(),
  })
  .meta({ typeName: "DumpBackup" });

const snapshotSchedule = z.string().meta({
  description: "When, in the operator's form of cron, whose first field is the second.",
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

/** Which database holds identities and sessions, without the secret that a key of its own has. */
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
        .meta({ description: "How many servers.", byDefault: databaseDefaults.cloudNativePg.instances })
        .exactOptional(),
      storage: storage.exactOptional(),
      storageClass: storageClass.exactOptional(),
      image: z
        .string()
        .meta({
          description: "Image of the servers, whose tag begins with the major version.",
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
      region: z.string().meta({ description: "Google's region, for example europe-west3." }),
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
          description: "How many nightly backups stay.",
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
        .meta({ description: "How the server is checked, in PostgreSQL's words." })
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
          description: "PEM of the certificate authority, or {secretName, key} of the Secret that has it.",
          absent: "the authorities that systems know",
        })
        .exactOptional(),
      pool: z
        .strictObject({
          maxConnections: count
            .meta({
              description: "How many connections one pod opens at most.",
              absent: "16, or a share of PostgreSQL's 100",
            })
            .exactOptional(),
          maxIdleConnections: count
            .meta({ description: "How many stay open while nobody uses them.", absent: "all of them" })
            .exactOptional(),
          maxLifetime: duration
            .meta({ description: "How long a connection is used at most.", byDefault: "1h" })
            .exactOptional(),
          maxIdleTime: duration
            .meta({ description: "How long one stays open that nobody uses.", byDefault: "15m" })
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
            "The server's pods or addresses: the identity server may connect to nothing else there.",
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
