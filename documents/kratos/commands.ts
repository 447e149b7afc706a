import type { Duration } from "../shared/duration";
import type { Release } from "../shared/release";
import { cleanedTables } from "./tables";

/** Arguments of the server. `insecureDevMode` sends cookies over plain http and weakens hashing: never in production. */
export function serveArguments(configFile: string, insecureDevMode: boolean): string[] {
  return ["serve", "all", "--config", configFile, "--sqa-opt-out", ...(insecureDevMode ? ["--dev"] : [])];
}

/** Arguments of the migration, which must finish before any server starts; the DSN comes from the environment. */
export function migrateArguments(release: Release): string[] {
  const command = release === "v1.3" ? ["migrate", "sql"] : ["migrate", "sql", "up"];
  return [...command, "--read-from-env", "--yes"];
}

/**
 * Arguments of the command after the first migration: a clean-up of at most one row a table. It runs only because every
 * Kratos except the migrating one first writes the row of the network that all its data belongs to, unless that row exists.
 * Two servers that both start on a database without it would write one each, and then neither would see the other's
 * sessions.
 */
export function networkArguments(configFile: string): string[] {
  return cleanup(configFile, { batchSize: 1, sleep: "1ms" });
}

/** Arguments of the only process that sends mail; a probe can use the metrics listener. */
export function courierArguments(configFile: string, metricsPort: number): string[] {
  return ["courier", "watch", "--config", configFile, "--expose-metrics-port", String(metricsPort)];
}

/**
 * Arguments of the clean-up of expired flows and sessions. One run deletes one batch of each table; this batch is larger
 * than what servers can write between two runs. A large batch costs less for each row than small ones, because each batch
 * reads the whole table, which has no index by age. The defaults are 100 rows, and a minute's sleep between tables.
 */
export function cleanupArguments(configFile: string): string[] {
  return cleanup(configFile, { batchSize: 1_000_000, sleep: "1s" });
}

/** How long an expired flow is kept: a user who returns to its page until then learns about it, and gets a new flow. */
const expiredFor: Duration = "15m";

function cleanup(configFile: string, { batchSize, sleep }: { batchSize: number; sleep: string }): string[] {
  return [
    ...["cleanup", "sql", "--read-from-env", "--config", configFile, "--keep-last", expiredFor],
    ...["--database.cleanup.batch_size", String(batchSize), "--database.cleanup.sleep.tables", sleep],
  ];
}

/**
 * Statements that run before Kratos' clean-up. They delete what it never deletes: errors for its error page, and mail that
 * was sent or given up. They also update the table statistics: with those from before a flood, PostgreSQL may plan a
 * deletion that compares every row with every row.
 */
export const cleanupStatements = [
  `DELETE FROM selfservice_errors WHERE created_at < ${ago("1 hour")}`,
  `DELETE FROM courier_messages WHERE status IN (2, 4) AND created_at < ${ago("7 days")}`,
  `ANALYZE ${cleanedTables.join(", ")}`,
] as const;

/** Kratos writes UTC into columns without a time zone. */
function ago(interval: string): string {
  return `now() AT TIME ZONE 'UTC' - INTERVAL '${interval}'`;
}
