import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const USER = 65534;

/** Fills an empty folder with nginx' files and what servers find in a container, so that they run with it as their root. */
export function fillRoot(root: string): void {
  cpSync(process.env["NGINX_ROOT"] ?? "", root, { recursive: true, verbatimSymlinks: true });
  for (const folder of ["tmp", "dev", "proc"]) makeWritable(join(root, folder));
  chmodSync(root, 0o755);
  execFileSync("mount", ["-t", "proc", "proc", join(root, "proc")]);
  for (const [device, minor] of [
    ["null", "3"],
    ["urandom", "9"],
  ] as const)
    execFileSync("mknod", ["--mode=666", join(root, "dev", device), "c", "1", minor]);
  for (const [name, number] of [
    ["stdout", 1],
    ["stderr", 2],
  ] as const)
    execFileSync("ln", ["-s", `/proc/self/fd/${number}`, join(root, "dev", name)]);
}

/** Creates a folder that every user may write to. */
export function makeWritable(folder: string): void {
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o1777);
}

export function writeIn(root: string, file: string, text: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
}

/** Starts a server in its own process group, which writes to the root's log. */
export function runIn(root: string, command: readonly string[]): ChildProcess {
  const log = openSync(join(root, "log"), "a", 0o666);
  chmodSync(join(root, "log"), 0o666);
  const chroot = [`--userspec=${USER}:${USER}`, root];
  return spawn("chroot", [...chroot, ...command], { stdio: ["ignore", log, log], detached: true });
}

/** What the servers of a root have written so far. */
export function logOf(root: string): string {
  return readFileSync(join(root, "log"), "utf8");
}
