import { rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { cached, cacheKey } from "../cache";
import { unpackDebian } from "../images/debian";

/** The kubelet needs containerd 2. This Debian release has it, for C libraries as old as those of Debian 12. */
const RELEASE = "forky";
const SERIES = "2";

/** The folder with containerd and its companions, from Debian's package. Nothing is installed. */
export async function containerdPrograms(): Promise<string> {
  const folder = await cached("containerd", cacheKey(RELEASE, SERIES), async (draft) => {
    const downloads = join(draft, "downloads");
    await unpackDebian([{ name: "containerd", upstreamVersion: SERIES }], downloads, draft, RELEASE);
    await rm(downloads, { recursive: true });
  });
  return join(folder, "usr/bin");
}

/** Links containerd's programs into a node's folder of programs. */
export async function linkContainerd(bin: string): Promise<void> {
  const programs = await containerdPrograms();
  for (const name of ["containerd", "containerd-shim-runc-v2", "ctr"]) {
    await symlink(join(programs, name), join(bin, name));
  }
}
