/** Versions of a generated secret. */
export interface SecretVersions {
  /** What is signed and encrypted with. */
  readonly current: string;
  /** What will be, after the next rotation: it is read already. */
  readonly next: string;
  /** What was before, newest first: they are still read. */
  readonly former: readonly string[];
}
