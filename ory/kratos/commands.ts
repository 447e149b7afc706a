import type { Release } from "../release";

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
 * Arguments of what follows the first migration: a clean-up of at most one row a table, for the sake of what any Kratos
 * but the migrating one does first. It writes the row of the network that all its data belongs to, unless there is one.
 * Two servers that both start on a database without it write one each, and then neither sees the other's sessions.
 */
export function networkArguments(configFile: string): string[] {
  return cleanup(configFile, { batchSize: 1, sleep: "1ms" });
}

/** Arguments of the one process that sends mail; the metrics listener is what a probe can ask. */
export function courierArguments(configFile: string, metricsPort: number): string[] {
  return ["courier", "watch", "--config", configFile, "--expose-metrics-port", String(metricsPort)];
}

/**
 * Arguments of the hourly clean-up of expired flows and sessions. The defaults delete 100 rows of each table and sleep
 * a minute between tables; every redirect to the login page writes a row.
 */
export function cleanupArguments(configFile: string): string[] {
  return cleanup(configFile, { batchSize: 10_000, sleep: "1s" });
}

function cleanup(configFile: string, { batchSize, sleep }: { batchSize: number; sleep: string }): string[] {
  return [
    ...["cleanup", "sql", "--read-from-env", "--config", configFile, "--keep-last", "24h"],
    ...["--database.cleanup.batch_size", String(batchSize), "--database.cleanup.sleep.tables", sleep],
  ];
}
