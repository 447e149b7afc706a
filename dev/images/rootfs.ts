import { chmod, copyFile, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

const CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt";

/** A user, with a group of the same name and number, that an image's processes run as. */
export interface User {
  readonly name: string;
  readonly id: number;
  readonly home: `/${string}`;
}

export const root: User = { name: "root", id: 0, home: "/root" };
export const nobody: User = { name: "nobody", id: 65534, home: "/nonexistent" };
/** The unprivileged user of the distroless images. */
export const nonroot: User = { name: "nonroot", id: 65532, home: "/home/nonroot" };

/** Writes what even a static program looks up: its user, how names resolve, a place for temporary files. */
export async function writeSystemFiles(rootfs: string, users: readonly User[]): Promise<void> {
  await writeIn(
    rootfs,
    "/etc/passwd",
    lines(users, ({ name, id, home }) => `${name}:x:${id}:${id}:${name}:${home}:/sbin/nologin`),
  );
  await writeIn(
    rootfs,
    "/etc/group",
    lines(users, ({ name, id }) => `${name}:x:${id}:`),
  );
  await writeIn(rootfs, "/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n");
  await makeShared(rootfs, "/tmp");
}

/** Copies this machine's certificate authorities, so that the images trust what the machine trusts. */
export async function copyCertificates(rootfs: string): Promise<void> {
  await copyInto(rootfs, CERTIFICATES, CERTIFICATES);
}

export function certificates(): Promise<string> {
  return readFile(CERTIFICATES, "utf8");
}

/** Makes a folder that every user may write to, as `/tmp`. */
export async function makeShared(rootfs: string, path: `/${string}`): Promise<void> {
  await mkdir(join(rootfs, path), { recursive: true });
  await chmod(join(rootfs, path), 0o1777);
}

export async function writeIn(
  rootfs: string,
  path: `/${string}`,
  content: string,
  mode = 0o644,
): Promise<void> {
  await mkdir(dirname(join(rootfs, path)), { recursive: true });
  await writeFile(join(rootfs, path), content, { mode });
}

export async function copyInto(
  rootfs: string,
  path: `/${string}`,
  source: string,
  mode = 0o644,
): Promise<void> {
  await mkdir(dirname(join(rootfs, path)), { recursive: true });
  await copyFile(source, join(rootfs, path));
  await chmod(join(rootfs, path), mode);
}

export async function linkIn(rootfs: string, path: `/${string}`, target: string): Promise<void> {
  await mkdir(dirname(join(rootfs, path)), { recursive: true });
  await symlink(target, join(rootfs, path));
}

function lines<T>(items: readonly T[], line: (item: T) => string): string {
  return items.map((item) => `${line(item)}\n`).join("");
}
