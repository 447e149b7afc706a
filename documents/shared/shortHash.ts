import { createHash } from "node:crypto";

/** Tells one text from another where a name has room for little. */
export function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}
