/**
 * Kratos' tables that a backup holds without their rows. Each row is of use for hours at most, and most let their reader
 * in: Kratos stores the tokens of sessions in clear. No row of another table refers to one of these.
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

/** What Kratos' own clean-up deletes expired rows of; the rows that refer to them go with them. */
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
