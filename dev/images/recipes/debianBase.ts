import type { LayerRecipe } from "../recipe";
import { certificates, copyCertificates, nobody, root, writeSystemFiles, type User } from "../rootfs";
import { unpackDebian } from "../debian";

/** The users of the images that stand on this layer, by the numbers of the real images. */
export const users: readonly User[] = [
  root,
  { name: "nginx", id: 101, home: "/nonexistent" },
  { name: "postgres", id: 999, home: "/var/lib/postgresql" },
  { name: "node", id: 1000, home: "/home/node" },
  { name: "login", id: 10000, home: "/nonexistent" },
  nobody,
];

/** A Debian root with the C and C++ libraries and nothing to run: what dynamically linked programs stand on. */
export const debianBase: LayerRecipe = {
  name: "debian-base",
  shared: true,
  inputs: async () => [await certificates()],
  fill: async (rootfs, scratch) => {
    await unpackDebian(
      [
        { name: "base-files" },
        { name: "libc6" },
        { name: "libgcc-s1" },
        { name: "libstdc++6" },
        { name: "libcrypt1" },
      ],
      scratch,
      rootfs,
    );
    await writeSystemFiles(rootfs, users);
    await copyCertificates(rootfs);
  },
};
