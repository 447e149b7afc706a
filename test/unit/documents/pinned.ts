import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Compares a built document with the one under `pinned/`, so that every change of what is deployed shows in a review.
 * `PIN=write npm run test:unit` rewrites the files.
 *
 * @param folder the folder that contains the folder `pinned`
 */
export function assertPinned(name: string, built: string | object, folder = __dirname): void {
  const file = join(folder, "pinned", name);
  const text = typeof built === "string" ? built : `${JSON.stringify(built, null, 2)}\n`;
  if (process.env["PIN"] === "write") writeFileSync(file, text);
  const pinned = readFileSync(file, "utf8");
  // JSON is compared by content: its layout belongs to the formatter.
  if (typeof built === "string") assert.equal(built, pinned);
  else assert.deepEqual(JSON.parse(text), JSON.parse(pinned));
}
