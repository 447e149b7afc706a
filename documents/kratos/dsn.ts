import { durationProblems, type Duration } from "../shared/duration";
import { countProblems } from "../shared/kubernetesNames";
import type { Partly } from "../shared/partly";
import { found, ofKnown, type Path, type Problem } from "../shared/problem";

/** How a connection to Postgres is encrypted. @see https://www.postgresql.org/docs/current/libpq-ssl.html */
export type SslMode = "disable" | "require" | "verify-ca" | "verify-full";

/** Connection pool of one Kratos pod. The database must allow `maxConnections` times the number of pods. */
export interface PoolSettings {
  /**
   * How many connections one pod opens at most.
   * @default a share of the 87 that PostgreSQL allows beside its own, for each server and two pods more; at least 2, at most 16
   */
  readonly maxConnections?: number;
  /**
   * Kept open while idle. Kratos' own default closes them, and each session check then opens new ones.
   * @default maxConnections
   */
  readonly maxIdleConnections?: number;
  /**
   * How long a connection is used at most.
   * @default "1h"
   */
  readonly maxLifetime?: Duration;
  /**
   * How long one stays open that nobody uses.
   * @default "15m"
   */
  readonly maxIdleTime?: Duration;
}

/** What PostgreSQL allows unless it is told otherwise. */
const databaseConnections = 100;
/** Kept for superusers, backups, and whoever looks after the database. */
const otherConnections = 13;
/** The pod of a rolling update, and the migration, clean-up or courier beside it. */
const otherPods = 2;

const fewestConnections = 2;

/** The pool with which this many servers, and what runs beside them, share a database without running out. */
export function sharedPool(servers: number): PoolSettings {
  const share = Math.floor((databaseConnections - otherConnections) / (servers + otherPods));
  return { maxConnections: Math.min(Math.max(share, fewestConnections), 16) };
}

/** Checks that every server gets the two connections that it needs at least. */
export function connectionProblems(path: string, servers: number): Problem[] {
  const most = Math.floor((databaseConnections - otherConnections) / fewestConnections) - otherPods;
  if (servers <= most) return [];
  return [
    {
      path,
      value: found(servers),
      reason: `leaves each server less than ${fewestConnections} of the database's ${databaseConnections} connections`,
      fix: `Write at most ${most}, or an external database that allows more, and its pool.maxConnections.`,
    },
  ];
}

/** Checks a pool: enough connections for one request beside another, and none kept that could not be opened. */
export function poolProblems(path: Path, pool: Partly<PoolSettings>): Problem[] {
  const { maxConnections: most = 16, maxIdleConnections: idle, maxLifetime, maxIdleTime } = pool;
  const ofMost = countProblems(path("maxConnections"), most, 16);
  const tooFew: Problem = {
    path: path("maxConnections"),
    value: found(most),
    reason: `is less than the ${fewestConnections} that a server needs`,
    fix: "Write for example 16.",
  };
  const tooMany: Problem = {
    path: path("maxIdleConnections"),
    value: found(idle),
    reason: `is more than maxConnections, ${most}`,
    fix: "Leave it out: all are kept.",
  };
  return [
    ...ofMost,
    ...(ofMost.length === 0 && most < fewestConnections ? [tooFew] : []),
    ...ofKnown(idle, (count) => countProblems(path("maxIdleConnections"), count, 16)),
    ...(idle !== undefined && idle > most ? [tooMany] : []),
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
  /** File of the certificate authority inside the pod, for `verify-ca` and `verify-full`. */
  readonly caFile?: string;
  readonly pool?: PoolSettings;
}

/**
 * The data source name of Kratos, with every part percent-encoded. It is a secret where it has a password.
 * @see https://www.ory.com/docs/self-hosted/deployment
 */
export function kratosDsn(input: KratosDsnInput): string {
  const { pool = {} } = input;
  const maxConnections = pool.maxConnections ?? 16;
  const parameters = new URLSearchParams({
    sslmode: input.sslMode,
    ...(input.caFile === undefined ? {} : { sslrootcert: input.caFile }),
    max_conns: String(maxConnections),
    max_idle_conns: String(pool.maxIdleConnections ?? maxConnections),
    max_conn_lifetime: pool.maxLifetime ?? "1h",
    max_conn_idle_time: pool.maxIdleTime ?? "15m",
  });
  const host = input.host.includes(":") ? `[${input.host}]` : input.host;
  const password = input.password === undefined ? "" : `:${encodeURIComponent(input.password)}`;
  const credentials = encodeURIComponent(input.user) + password;
  return `postgres://${credentials}@${host}:${input.port}/${encodeURIComponent(input.database)}?${parameters.toString()}`;
}
