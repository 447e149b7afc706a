/** A failure that a person can act on: the commands print its message, without a stack trace, and exit with 1. */
export class Failure extends Error {
  override readonly name = "Failure";
}
