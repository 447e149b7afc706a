import type { Input } from "@pulumi/pulumi";
import type { PoolSettings, SslMode } from "../../documents/kratos/dsn";
import { asSecret, type SecretInput, type SecretReference } from "../shared/clientSecret";
import { anyAddress } from "../shared/egress";
import type { EgressRule, NetworkPolicyPeer } from "../shared/networkPolicies";

/** How to reach a PostgreSQL database. */
export interface DatabaseConnection {
  /** Name or address of the server. */
  readonly host: Input<string>;
  /** Port of the server. */
  readonly port: Input<number>;
  /** Name of the database. */
  readonly database: Input<string>;
  /** User that owns the database. */
  readonly user: Input<string>;
  /**
   * The value, treated as a secret whether or not it is one already; or a Secret in the gateway's namespace.
   */
  readonly password: SecretInput;
  /**
   * How the connection is encrypted, and whether the server's certificate is checked.
   * @see https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION
   */
  readonly sslMode: Input<SslMode>;
  /** PEM of the certificate authority, or the Secret that holds it, for `verify-ca` and `verify-full`. */
  readonly caCertificate?: Input<string> | SecretReference;
  /**
   * The server's pods or addresses: at this port, the identity server may connect to nothing else.
   * @default any pod or address at this port, but link-local ones
   */
  readonly peers?: readonly NetworkPolicyPeer[];
  /**
   * Connections of each pod of the identity server.
   * @default a share of the 100 that PostgreSQL allows
   */
  readonly pool?: PoolSettings;
}

/** What pods that use this database need. */
export function databaseEgress({ peers = anyAddress, port }: DatabaseConnection): EgressRule {
  return { to: peers, ports: [port] };
}

/** The connection with its password marked, wherever it ends up in a stack's state. */
export function withSecretPassword<T extends DatabaseConnection>(connection: T): T {
  return { ...connection, password: asSecret(connection.password) };
}

/** Port of PostgreSQL. */
export const postgresPort = 5432;

/** Name of a database that a gateway creates, and of the user that owns it. */
export const databaseName = "kratos";

/** User and group `postgres` of the official image. */
export const postgresUser = 999;
