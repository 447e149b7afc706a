/** Versions of a generated secret. */
export interface SecretVersions {
  /** The version that signs and encrypts. */
  readonly current: string;
  /** The version after the next rotation; it is already accepted. */
  readonly next: string;
  /** Former versions, newest first; they are still accepted. */
  readonly former: readonly string[];
}
