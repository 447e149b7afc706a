import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { leaversFiles } from "../../documents/kratos/leavers";
import type { loginUiFiles } from "../../documents/loginUi/settings";
import type { nginxScripts } from "../../documents/nginx/routes";
import type { publishScript } from "../../documents/nginx/ruleServer";

const folder = join(__dirname, "..", "scripts");

/** A file of `components/scripts`. */
export type ScriptName =
  | "backup-database.sh"
  | "create-identities.sh"
  | "error-log.sh"
  | "fetch-rules.sh"
  | "fetch-service-account-keys.sh"
  | "name-servers.sh"
  | "list-live-rules.sh"
  | "restore-database.sh"
  | "wait-for-database.sh"
  | `leavers/${(typeof leaversFiles)[number]}`
  | `loginUi/${(typeof loginUiFiles)[number]}`
  | (typeof nginxScripts)[keyof typeof nginxScripts]
  | typeof publishScript;

/** The text of a script, for a ConfigMap. */
export function script(name: ScriptName): string {
  return readFileSync(join(folder, name), "utf8");
}
