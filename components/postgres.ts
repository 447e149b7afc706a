import { ComponentResource, type ComponentResourceOptions, type Input } from "@pulumi/pulumi";
import { clientsProblems } from "./shared/peerProblems";
import { refuseArguments, type Known } from "./shared/known";
import { databaseDefaults } from "./database/defaults";
import { databaseProblems, serverImageProblems } from "./database/problems";
import { argument, found, ofKnown, within, type Path, type Problem } from "../documents/shared/problem";
import { namespaceProblems } from "../documents/shared/kubernetesNames";
import { CloudNativePgDatabase, type CloudNativePgDatabaseArgs } from "./database/cloudNativePg";
import type * as cloudSql from "./database/cloudSql";
import type { CloudSqlDatabaseArgs } from "./database/cloudSql";
import { withSecretPassword, type DatabaseConnection } from "./database/connection";
import { InClusterDatabase, type InClusterDatabaseArgs } from "./database/inCluster";
import type { PartEgress } from "./shared/egress";
import { loadError } from "./shared/googleSdk";
import type { Images } from "./shared/images";
import type { NetworkPolicyPeer } from "./shared/networkPolicies";
import { longestNames, ownNameProblems } from "./shared/ownName";
import type { Patch } from "./shared/patch";

export type { DatabaseConnection };

/** A database that somebody else runs. */
export interface ExternalDatabaseArgs extends DatabaseConnection {
  /** Somebody else runs it. */
  readonly kind: "external";
}

/** Which database holds identities and sessions. */
export type DatabaseArgs =
  InClusterDatabaseArgs | CloudNativePgDatabaseArgs | CloudSqlDatabaseArgs | ExternalDatabaseArgs;

/** Whether a database is in the gateway's namespace, is deleted with it, and is one that Pulumi refuses to delete. */
export function isProtectedInNamespace(database: DatabaseArgs): boolean {
  if (database.kind === "external" || database.kind === "cloudSql") return false;
  return database.protect ?? databaseDefaults[database.kind].protect;
}

/** Arguments of a database. */
export interface PostgresArgs {
  /** The gateway's namespace. */
  readonly namespace: Input<string>;
  /** Images to use, as {@link resolveImages} returns them. */
  readonly images: Images;
  /** Who runs the database, and how. */
  readonly database: DatabaseArgs;
  /** Pods that may connect to a server in the cluster. */
  readonly clients: readonly NetworkPolicyPeer[];
  /**
   * What a server in the cluster and its backups may connect to besides what they need.
   * @default nothing
   */
  readonly egress?: PartEgress;
  /**
   * What to change in the `spec` of the StatefulSet of a server in the cluster and of the CronJobs of its backups, or of the
   * operator's Cluster.
   * @default nothing
   */
  readonly patches?: Readonly<Partial<Record<PostgresPart, Patch>>>;
}

/** Workloads of a server in the cluster, and the Cluster of an operator. */
export type PostgresPart = "postgres" | "postgresBackup" | "postgresRestore" | "postgresCluster";

/**
 * The database of identities and sessions: one or several servers in the cluster, Google Cloud SQL, or the connection
 * to another database.
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
  /** Type token of the component, which is part of every URN. */
  static readonly token = "portcullis:index:Postgres";

  /** Known once the server answers: resources that use it wait for that. */
  readonly connection: DatabaseConnection;

  constructor(name: string, args: PostgresArgs, opts?: ComponentResourceOptions) {
    const database = args.database.kind === "external" ? withSecretPassword(args.database) : args.database;
    super(Postgres.token, name, { ...args, database }, opts);
    refuseArguments(this, `Postgres "${name}"`, args, (path, known) => [
      ...ownNameProblems("name", name, longestNames.withCronJobs),
      ...postgresProblems(path, known),
    ]);
    this.connection = this.createDatabase(name, args, database);
    this.registerOutputs({ host: this.connection.host });
  }

  private createDatabase(name: string, args: PostgresArgs, database: DatabaseArgs): DatabaseConnection {
    const place = { ...args, parent: this };
    switch (database.kind) {
      case "inCluster":
        return new InClusterDatabase(name, database, place).connection;
      case "cloudNativePg":
        return new CloudNativePgDatabase(name, database, place).connection;
      case "cloudSql":
        return new (this.loadCloudSql(name).CloudSqlDatabase)(name, database, this).connection;
      case "external":
        return database;
    }
  }

  /** Loaded on use: Google's SDK is a package of its own, which nobody else needs. */
  private loadCloudSql(name: string): typeof cloudSql {
    try {
      // eslint-disable-next-line @typescript-eslint/no-require-imports -- an import would load it always
      return require("./database/cloudSql") as typeof cloudSql;
    } catch (error) {
      const place = { path: argument("database.kind"), value: found("cloudSql") };
      throw loadError(error, { component: this, subject: `Postgres "${name}"`, ...place });
    }
  }
}

function postgresProblems(
  path: Path,
  { clients, database, images, namespace }: Known<PostgresArgs>,
): Problem[] {
  const server = database?.kind === "inCluster" ? images?.references?.postgres : undefined;
  return [
    ...ofKnown(server, (reference) => serverImageProblems(path("images.references.postgres"), reference)),
    ...ofKnown(namespace, (known) => namespaceProblems(path("namespace"), known)),
    ...ofKnown(database, (known) => databaseProblems(within(path, "database"), known)),
    ...ofKnown(clients, (peers) => clientsProblems(path("clients"), peers)),
  ];
}
