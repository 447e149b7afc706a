import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { unpackDebian } from "../debian";
import { names } from "../names";
import type { ImageRecipe } from "../recipe";
import { linkIn, writeIn } from "../rootfs";
import { debianBase } from "./debianBase";

const defaultConfig = join(__dirname, "..", "nginx", "nginx.conf");

export const nginxImage: ImageRecipe = {
  name: names.nginx,
  layers: [
    debianBase,
    {
      name: "nginx",
      inputs: () => Promise.resolve([]),
      fill: async (rootfs, scratch) => {
        await unpackDebian(
          [
            { name: "nginx", upstreamVersion: "1.22.1" },
            { name: "nginx-common" },
            { name: "libpcre2-8-0" },
            { name: "libssl3" },
            { name: "zlib1g" },
          ],
          scratch,
          rootfs,
        );
        await writeIn(rootfs, "/etc/nginx/nginx.conf", await readFile(defaultConfig, "utf8"));
        await linkIn(rootfs, "/var/log/nginx/error.log", "/dev/stderr");
        await linkIn(rootfs, "/var/log/nginx/access.log", "/dev/stdout");
      },
    },
  ],
  // The real image puts a shell script before the command, which ends by running it.
  config: {
    Cmd: ["nginx", "-g", "daemon off;"],
    User: "101",
    Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
    ExposedPorts: { "8080/tcp": {} },
    StopSignal: "SIGQUIT",
  },
};
