import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { pidFile, rulesFolder } from "../../documents/nginx/routes";

/** Process of the forwarding nginx below this root. */
export function nginxPid(root: string): number {
  return Number(readFileSync(join(root, pidFile), "utf8"));
}

/** Its workers, and its cache's processes. */
export function workersOf(root: string): string[] {
  const pid = nginxPid(root);
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
}

/** Process of the Oathkeeper that the tests' own process has started. */
export function oathkeeperPid(): number {
  const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, "utf8")
    .trim()
    .split(" ");
  return Number(
    children.find((pid) => readFileSync(`/proc/${pid}/comm`, "utf8").trim() === "oathkeeper") ?? NaN,
  );
}

/** Identifies the current handover of rules, as a file. */
export function handedOver(root: string): string {
  const { ino, ctimeMs } = statSync(join(root, rulesFolder, "former-rules.json"));
  return `${ino} ${ctimeMs}`;
}
