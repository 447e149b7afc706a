/** Default values of a database's arguments; the settings' schema and the documentation state the same ones. */
export const databaseDefaults = {
  inCluster: { storage: "8Gi", protect: true },
  /** Of the server in the cluster: every night. */
  backup: { schedule: "17 3 * * *", keep: 14, storage: "8Gi" },
  cloudNativePg: { instances: 3, storage: "8Gi", operatorNamespace: "cnpg-system", protect: true },
  /** In the operator's form of cron, whose first field is seconds. */
  cloudNativePgBackup: { schedule: "0 17 3 * * *" },
  cloudSql: { tier: "db-custom-1-3840", keepBackups: 14, protect: true },
} as const;
