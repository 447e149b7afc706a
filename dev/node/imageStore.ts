import { spawn } from "node:child_process";
import { cp, glob, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cached, cacheKey } from "../cache";
import { eventually } from "../../cli/shared/eventually";
import { run } from "../../cli/shared/exec";
import { imageArchives } from "../images";
import { undoOnInterrupt } from "../../cli/shared/interrupt";
import { end, recordOf } from "../processes";
import { containerdConfig } from "./configuration";
import { containerdPrograms } from "./containerd";

/** The namespace in which containerd's CRI looks for images. */
export const IMAGE_NAMESPACE = "k8s.io";

/**
 * A containerd root folder with every image, unpacked. Created once for a set of images; nodes start from a copy.
 */
export async function imageStore(pauseImage: string, detail: (text: string) => void): Promise<string> {
  const images = await imageArchives(detail);
  const programs = await containerdPrograms();
  const key = cacheKey(programs, ...images.map(({ archive }) => archive));
  return cached("image-store", key, async (folder) => {
    // Sockets need short paths, and a folder of the cache may have a long one.
    const scratch = await mkdtemp(join(tmpdir(), "portcullis-images-"));
    const socket = join(scratch, "containerd.sock");
    const config = join(scratch, "containerd.toml");
    const cniConfig = join(scratch, "cni");
    const paths = {
      root: join(folder, "root"),
      state: join(scratch, "state"),
      socket,
      pauseImage,
      cniConfig,
    };
    await mkdir(cniConfig);
    await writeFile(config, containerdConfig(paths));
    const containerd = spawn(join(programs, "containerd"), ["--config", config], { stdio: "ignore" });
    const stop = async () => {
      if (containerd.pid !== undefined) await end(recordOf(containerd.pid), "SIGTERM");
      await rm(scratch, { recursive: true, force: true });
    };
    const keep = undoOnInterrupt(stop);
    try {
      const ctr = (...args: string[]) =>
        run(join(programs, "ctr"), ["--address", socket, "--namespace", IMAGE_NAMESPACE, ...args]);
      await eventually(() => ctr("version"), { seconds: 10 });
      for (const { name, archive } of images) {
        detail(`unpacking ${name}`);
        await ctr("images", "import", archive);
      }
    } finally {
      keep();
      await stop();
    }
  });
}

/**
 * Gives a node its own image store. Layers never change after unpacking, so they are shared as hard links; only
 * containerd's databases are copied.
 */
export async function copyImageStore(store: string, target: string): Promise<void> {
  await mkdir(join(target, ".."), { recursive: true });
  await run("cp", ["-a", "--link", join(store, "root"), target]);
  for await (const database of glob("**/*.db", { cwd: target })) {
    if (database.includes("/snapshots/")) continue;
    const path = join(target, database);
    await cp(path, `${path}.own`);
    await rename(`${path}.own`, path);
  }
}
