/**
 * Kratos' tables that a backup contains without their rows. Each row is useful for hours at most, and most rows let their
 * reader in: Kratos stores the tokens of sessions in clear text. No row of another table refers to one of these.
 */
export const passingTables = [
  "continuity_containers",
  "courier_message_dispatches",
  "courier_messages",
  "identity_login_codes",
  "identity_recovery_codes",
  "identity_recovery_tokens",
  "identity_registration_codes",
  "identity_verification_codes",
  "identity_verification_tokens",
  "selfservice_errors",
  "selfservice_login_flows",
  "selfservice_recovery_flows",
  "selfservice_registration_flows",
  "selfservice_settings_flows",
  "selfservice_verification_flows",
  "session_devices",
  "session_token_exchanges",
  "sessions",
] as const;

/** Tables from which Kratos' own clean-up deletes expired rows, together with the rows that refer to them. */
export const cleanedTables = [
  "continuity_containers",
  "selfservice_login_flows",
  "selfservice_recovery_flows",
  "selfservice_registration_flows",
  "selfservice_settings_flows",
  "selfservice_verification_flows",
  "session_token_exchanges",
  "sessions",
] as const satisfies readonly (typeof passingTables)[number][];
