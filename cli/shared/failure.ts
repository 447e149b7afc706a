/** Exit codes of a command, besides 0 for success. */
export const exitCodes = {
  /** The command could not do or find out what it was asked to. */
  failed: 1,
  /** It did, and something must be fixed, or would be changed. */
  found: 2,
  /** The command line is wrong. */
  usage: 64,
} as const;

/** A failure that the user can act on: the commands print its message, without a stack trace, and exit with 1. */
export class Failure extends Error {
  override readonly name: string = "Failure";
}

/** An invalid command line. */
export class UsageError extends Failure {
  override readonly name = "UsageError";
}
