import { secret, type Input } from "@pulumi/pulumi";
import type { SslMode } from "../../ory/kratos/dsn";

/** How to reach a PostgreSQL database. */
export interface DatabaseConnection {
  readonly host: Input<string>;
  readonly port: Input<number>;
  readonly database: Input<string>;
  readonly user: Input<string>;
  /** Treated as a secret, whether or not it is one already. */
  readonly password: Input<string>;
  readonly sslMode: Input<SslMode>;
  /** PEM of the certificate authority, for `verify-ca` and `verify-full`. */
  readonly caCertificate?: Input<string>;
}

/** The connection with its password marked, wherever it ends up in a stack's state. */
export function withSecretPassword<T extends DatabaseConnection>(connection: T): T {
  return { ...connection, password: secret(connection.password) };
}

/** Port of PostgreSQL. */
export const postgresPort = 5432;

/** User and group `postgres` of the official image. */
export const postgresUser = 999;
