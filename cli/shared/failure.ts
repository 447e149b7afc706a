/** With which codes a command ends, besides 0 for all is well. */
export const exitCodes = {
  /** The command could not do or find out what it was asked. */
  failed: 1,
  /** It did, and something must be mended, or would be changed. */
  found: 2,
  /** The command line is wrong. */
  usage: 64,
} as const;

/** A failure that a person can act on: the commands print its message, without a stack trace, and exit with 1. */
export class Failure extends Error {
  override readonly name: string = "Failure";
}

/** A command line that nothing can be done with. */
export class UsageError extends Failure {
  override readonly name = "UsageError";
}
