import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pidFile, rulesFolder } from "../../documents/nginx/routes";

/** Process of the nginx below this root that forwards. */
export function nginxPid(root: string): number {
  return Number(readFileSync(join(root, pidFile), "utf8"));
}

/** Its workers, and what looks after its cache. */
export function workersOf(root: string): string[] {
  const pid = nginxPid(root);
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
}

/** Process of the Oathkeeper that the tests' own has started. */
export function oathkeeperPid(): number {
  const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, "utf8")
    .trim()
    .split(" ");
  return Number(
    children.find((pid) => readFileSync(`/proc/${pid}/comm`, "utf8").trim() === "oathkeeper") ?? NaN,
  );
}

/** Changes the rules. Returns how long after new workers Oathkeeper has got them, and how many old ones there were then. */
export async function handOver(
  root: string,
  change: () => void,
): Promise<{ readonly ms: number; readonly old: number }> {
  const isNginx = (worker: string) => readFileSync(`/proc/${worker}/comm`, "utf8") === "nginx\n";
  const former = workersOf(root).filter(isNginx);
  const inode = () => statSync(join(root, rulesFolder, "former-rules.json")).ino;
  const before = inode();
  change();
  while (!workersOf(root).some((worker) => !former.includes(worker) && isNginx(worker))) await sleep(2);
  const began = Date.now();
  while (inode() === before) await sleep(2);
  const now = workersOf(root);
  return { ms: Date.now() - began, old: former.filter((worker) => now.includes(worker)).length };
}
