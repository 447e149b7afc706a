import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { unpackDebian } from "../debian";
import { names } from "../names";
import type { ImageRecipe } from "../recipe";
import { copyCertificates, linkIn, writeIn, writeSystemFiles } from "../rootfs";
import { linkApplets } from "./busybox";
import { users } from "./debianBase";

const defaultConfig = join(__dirname, "..", "nginx", "nginx.conf");

/** The first release of Debian with this series of nginx. */
const RELEASE = "forky";

export const nginxImage: ImageRecipe = {
  name: names.nginx,
  layers: [
    {
      name: "nginx",
      inputs: () => Promise.resolve([]),
      fill: async (rootfs, scratch) => {
        // Of one release as a whole: the C library is newer than that of the other images.
        await unpackDebian(
          [
            { name: "base-files" },
            // Linked statically, so that its applets can be listed here.
            { name: "busybox-static" },
            { name: "libc6" },
            { name: "libcrypt1" },
            { name: "libnginx-mod-http-js" },
            { name: "libpcre2-8-0" },
            { name: "libqjs0" },
            { name: "libssl3t64" },
            { name: "libxml2-16" },
            { name: "libzstd1" },
            { name: "nginx", upstreamVersion: "1.30" },
            { name: "nginx-common" },
            { name: "zlib1g" },
          ],
          scratch,
          rootfs,
          RELEASE,
        );
        await linkApplets(rootfs);
        await writeSystemFiles(rootfs, users);
        await copyCertificates(rootfs);
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
