import { join } from "node:path";
import { run } from "../../../cli/shared/exec";
import { unpackDebian, type DebianPackage } from "../debian";
import { names } from "../names";
import type { ImageRecipe } from "../recipe";
import { linkIn } from "../rootfs";
import { debianBase } from "./debianBase";

/**
 * Linked against the C library, which it needs to look up names.
 *
 * Debian builds it without wget's time limit, and `wget -T` crashes: scripts say `timeout 5 wget`, which every
 * busybox understands.
 */
export const busyboxPackage: DebianPackage = { name: "busybox", upstreamVersion: "1.35.0" };

/** Links every applet of the busybox below `rootfs` into its `/bin`. */
export async function linkApplets(rootfs: string): Promise<void> {
  const applets = (await run(join(rootfs, "bin", "busybox"), ["--list"])).trim().split("\n");
  for (const applet of applets.filter((name) => name !== "busybox"))
    await linkIn(rootfs, `/bin/${applet}`, "busybox");
}

export const busyboxImage: ImageRecipe = {
  name: names.busybox,
  layers: [
    debianBase,
    {
      name: "busybox",
      inputs: () => Promise.resolve([]),
      fill: async (rootfs, scratch) => {
        await unpackDebian([busyboxPackage], scratch, rootfs);
        await linkApplets(rootfs);
      },
    },
  ],
  config: { Cmd: ["sh"], Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"] },
};
