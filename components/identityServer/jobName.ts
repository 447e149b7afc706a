import { createHash } from "node:crypto";

/** Tells one subject of a Job from another in its name. */
export function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}
