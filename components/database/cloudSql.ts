import { Secret } from "@pulumi/gcp/secretmanager/secret";
import { SecretVersion } from "@pulumi/gcp/secretmanager/secretVersion";
import { Database } from "@pulumi/gcp/sql/database";
import { DatabaseInstance } from "@pulumi/gcp/sql/databaseInstance";
import { User } from "@pulumi/gcp/sql/user";
import { all, interpolate, type ComponentResource, type Input, type Output } from "@pulumi/pulumi";
import { defined } from "../../documents/shared/defined";
import { blockOf } from "../shared/addressBlocks";
import { createGeneratedSecret } from "../shared/secrets";
import { databaseName, postgresPort, type DatabaseConnection } from "./connection";
import { databaseDefaults } from "./defaults";

/** A PostgreSQL instance of Google's Cloud SQL, in two zones of a region, reached only by its private address. */
export interface CloudSqlDatabaseArgs {
  /** Google Cloud SQL runs it. */
  readonly kind: "cloudSql";
  /** For example `europe-west3`. */
  readonly region: string;
  /**
   * The cluster's VPC network, `projects/PROJECT/global/networks/NAME`, with a private services access peering.
   * @see https://cloud.google.com/sql/docs/postgres/configure-private-services-access
   */
  readonly network: Input<string>;
  /** @default the project of the Google provider */
  readonly project?: Input<string>;
  /** @default "db-custom-1-3840" */
  readonly tier?: string;
  /**
   * Number of nightly backups to keep; the log for point-in-time recovery is kept for 7 days.
   * @default 14
   */
  readonly keepBackups?: number;
  /**
   * Whether Pulumi and Google refuse to delete the instance; its backups would be deleted with it.
   * @default true
   */
  readonly protect?: boolean;
}

/**
 * The instance with its database and user. The password is in Secret Manager too, for operators.
 *
 * @see https://www.pulumi.com/registry/packages/gcp/api-docs/sql/databaseinstance/
 */
export class CloudSqlDatabase {
  /** Known once the instance, its database and its user are there. */
  readonly connection: DatabaseConnection;

  private readonly protect: boolean;
  private readonly project: { readonly project?: Input<string> };

  constructor(
    private readonly name: string,
    private readonly args: CloudSqlDatabaseArgs,
    private readonly parent: ComponentResource,
  ) {
    this.protect = args.protect ?? databaseDefaults.cloudSql.protect;
    this.project = args.project === undefined ? {} : { project: args.project };
    const password = createGeneratedSecret(`${name}-password`, { parent, protect: this.protect });
    const instance = this.createInstance();
    const database = this.createDatabase(instance);
    const user = this.createUser(instance, password);
    this.createPasswordForOperators(instance, password);
    this.connection = {
      host: instance.privateIpAddress,
      port: postgresPort,
      database: all([database.name, user.id]).apply(([name]) => name),
      user: user.name,
      password,
      // The server's certificate names the instance, not its address.
      sslMode: "verify-ca",
      // While Google rotates the authority there are two, either of which may sign.
      caCertificate: instance.serverCaCerts.apply((authorities) =>
        authorities.map(({ cert }) => cert).join("\n"),
      ),
      peers: [{ ipBlock: { cidr: instance.privateIpAddress.apply(blockOf) } }],
    };
  }

  private createInstance(): DatabaseInstance {
    const { keepBackups, network, region, tier } = { ...databaseDefaults.cloudSql, ...defined(this.args) };
    return new DatabaseInstance(
      this.name,
      {
        ...this.project,
        region,
        databaseVersion: "POSTGRES_17",
        deletionProtection: this.protect,
        settings: {
          edition: "ENTERPRISE",
          tier,
          availabilityType: "REGIONAL",
          diskAutoresize: true,
          deletionProtectionEnabled: this.protect,
          backupConfiguration: {
            enabled: true,
            startTime: "03:00",
            pointInTimeRecoveryEnabled: true,
            transactionLogRetentionDays: 7,
            backupRetentionSettings: { retainedBackups: keepBackups, retentionUnit: "COUNT" },
          },
          ipConfiguration: {
            ipv4Enabled: false,
            privateNetwork: network,
            sslMode: "ENCRYPTED_ONLY",
            serverCaMode: "GOOGLE_MANAGED_INTERNAL_CA",
          },
        },
      },
      { parent: this.parent, protect: this.protect },
    );
  }

  private createDatabase(instance: DatabaseInstance): Database {
    return new Database(
      this.name,
      { ...this.project, instance: instance.name, name: databaseName, deletionPolicy: goesWithInstance },
      { parent: this.parent, protect: this.protect },
    );
  }

  private createUser(instance: DatabaseInstance, password: Output<string>): User {
    return new User(
      this.name,
      {
        ...this.project,
        instance: instance.name,
        name: databaseName,
        password,
        deletionPolicy: goesWithInstance,
      },
      { parent: this.parent },
    );
  }

  /** Named after the instance: no other gateway of the project has that name. */
  private createPasswordForOperators({ name }: DatabaseInstance, password: Output<string>): void {
    const secret = new Secret(
      `${this.name}-password`,
      { ...this.project, secretId: interpolate`${name}-password`, replication: { auto: {} } },
      { parent: this.parent },
    );
    new SecretVersion(
      `${this.name}-password`,
      { secret: secret.id, secretData: password },
      { parent: this.parent },
    );
  }
}

/** PostgreSQL drops no user that owns something and no database in use; both are deleted with the instance. */
const goesWithInstance = "ABANDON";
