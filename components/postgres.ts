import { ComponentResource, type ComponentResourceOptions, type Input } from "@pulumi/pulumi";
import type { Problem } from "../ory/problem";
import { backupProblems } from "./database/backups";
import { withSecretPassword, type DatabaseConnection } from "./database/connection";
import { InClusterDatabase, type InClusterDatabaseArgs } from "./database/inCluster";
import type { Images } from "./shared/images";
import type { NetworkPolicyPeer } from "./shared/networkPolicies";

export type { DatabaseConnection };

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
    return new InClusterDatabase(name, database, { ...args, parent: this }).connection;
  }
}

/** What is wrong with a database's arguments, whatever its kind. */
export function databaseProblems(path: string, database: DatabaseArgs): Problem[] {
  if (database.kind !== "inCluster" || database.backup === undefined || database.backup === "off") return [];
  return backupProblems(`${path}.backup`, database.backup);
}
