import { createHash } from "node:crypto";

/** A short hash that distinguishes texts in names with little room. */
export function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}
