import { readFileSync } from "node:fs";
import { join } from "node:path";

const folder = join(__dirname, "..", "scripts");

/** The text of a script of `components/scripts`, for a ConfigMap. */
export function script(name: "publish-rules.sh" | "fetch-rules.sh"): string {
  return readFileSync(join(folder, name), "utf8");
}
