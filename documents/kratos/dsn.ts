import { defined } from "../shared/defined";
import { durationProblems, type Duration } from "../shared/duration";
import { countProblems } from "../shared/kubernetesNames";
import type { Partly } from "../shared/partly";
import { found, ofKnown, type Path, type Problem } from "../shared/problem";

/** How a connection to Postgres is encrypted. @see https://www.postgresql.org/docs/current/libpq-ssl.html */
export type SslMode = "disable" | "require" | "verify-ca" | "verify-full";

/** Connection pool of one Kratos pod. The database must allow `maxConnections` times the number of pods. */
export interface PoolSettings {
  /**
   * Maximum number of connections of one pod.
   * @default a share of the 87 that PostgreSQL allows beside its own, for each server and two pods more; at least 2, at most 16
   */
  readonly maxConnections?: number;
  /**
   * Maximum number of idle connections that stay open. Kratos' own default closes them, and each session check then
   * opens new ones.
   * @default maxConnections
   */
  readonly maxIdleConnections?: number;
  /**
   * Maximum lifetime of a connection.
   * @default "1h"
   */
  readonly maxLifetime?: Duration;
  /**
   * How long an idle connection stays open.
   * @default "15m"
   */
  readonly maxIdleTime?: Duration;
}

/** PostgreSQL's default limit. */
const databaseConnections = 100;
/** Kept for superusers, backups, and administrators of the database. */
const otherConnections = 13;
/** The pod of a rolling update, and the migration, clean-up or courier beside it. */
const otherPods = 2;

const minConnections = 2;

const poolDefaults = { maxConnections: 16, maxLifetime: "1h", maxIdleTime: "15m" } as const;

/** A pool with which this many servers, and what runs beside them, can share a database without using up its connections. */
export function sharedPool(servers: number): PoolSettings {
  const share = Math.floor((databaseConnections - otherConnections) / (servers + otherPods));
  return { maxConnections: Math.min(Math.max(share, minConnections), poolDefaults.maxConnections) };
}

/** Checks that every server gets at least the two connections that it needs. */
export function connectionProblems(path: string, servers: number): Problem[] {
  const maxServers = Math.floor((databaseConnections - otherConnections) / minConnections) - otherPods;
  if (servers <= maxServers) return [];
  return [
    {
      path,
      value: found(servers),
      reason: `leaves each server fewer than ${minConnections} of the database's ${databaseConnections} connections`,
      fix: `Write at most ${maxServers}, or an external database that allows more, and its pool.maxConnections.`,
    },
  ];
}

/** Checks a pool: it has enough connections for two requests at once, and keeps no more than it may open. */
export function poolProblems(path: Path, pool: Partly<PoolSettings>): Problem[] {
  const { maxIdleConnections, maxLifetime, maxIdleTime } = pool;
  const { maxConnections = poolDefaults.maxConnections } = pool;
  const ofMax = countProblems(path("maxConnections"), maxConnections, poolDefaults.maxConnections);
  const tooFew: Problem = {
    path: path("maxConnections"),
    value: found(maxConnections),
    reason: `is less than the ${minConnections} that a server needs`,
    fix: `Write for example ${poolDefaults.maxConnections}.`,
  };
  const tooMany: Problem = {
    path: path("maxIdleConnections"),
    value: found(maxIdleConnections),
    reason: `is more than maxConnections, ${maxConnections}`,
    fix: "Leave it out: all are kept.",
  };
  return [
    ...ofMax,
    ...(ofMax.length === 0 && maxConnections < minConnections ? [tooFew] : []),
    ...ofKnown(maxIdleConnections, (count) =>
      countProblems(path("maxIdleConnections"), count, poolDefaults.maxConnections),
    ),
    ...(maxIdleConnections !== undefined && maxIdleConnections > maxConnections ? [tooMany] : []),
    ...ofKnown(maxLifetime, (life) => durationProblems(path("maxLifetime"), life)),
    ...ofKnown(maxIdleTime, (time) => durationProblems(path("maxIdleTime"), time)),
  ];
}

export interface KratosDsnInput {
  /** Name, IPv4 or IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  /** @default the one in the environment variable `PGPASSWORD` */
  readonly password?: string;
  readonly sslMode: SslMode;
  /** File of the certificate authority in the pod, for `verify-ca` and `verify-full`. */
  readonly caFile?: string;
  readonly pool?: PoolSettings;
}

/**
 * The data source name of Kratos, with every part percent-encoded. It is a secret if it contains a password.
 * @see https://www.ory.com/docs/self-hosted/deployment
 */
export function kratosDsn(input: KratosDsnInput): string {
  const pool = { ...poolDefaults, ...defined(input.pool ?? {}) };
  const { maxConnections, maxIdleConnections = maxConnections } = pool;
  const parameters = new URLSearchParams({
    sslmode: input.sslMode,
    ...(input.caFile === undefined ? {} : { sslrootcert: input.caFile }),
    max_conns: String(maxConnections),
    max_idle_conns: String(maxIdleConnections),
    max_conn_lifetime: pool.maxLifetime,
    max_conn_idle_time: pool.maxIdleTime,
  });
  const host = input.host.includes(":") ? `[${input.host}]` : input.host;
  const password = input.password === undefined ? "" : `:${encodeURIComponent(input.password)}`;
  const credentials = encodeURIComponent(input.user) + password;
  return `postgres://${credentials}@${host}:${input.port}/${encodeURIComponent(input.database)}?${parameters.toString()}`;
}
