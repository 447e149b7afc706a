/** Kratos' tables that a backup holds with their rows: who may enter, and by which credentials. */
export const lastingTables = [
  "identities",
  "identity_credential_identifiers",
  "identity_credential_types",
  "identity_credentials",
  "identity_recovery_addresses",
  "identity_verifiable_addresses",
  "networks",
  "schema_migration",
] as const;
