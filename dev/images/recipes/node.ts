import { realpath } from "node:fs/promises";
import { join } from "node:path";
import { version } from "node/package.json";
import { names } from "../names";
import type { ImageRecipe, LayerRecipe } from "../recipe";
import { copyInto, makeShared } from "../rootfs";
import { debianBase } from "./debianBase";

/** The Node binary that the `node` package of this project installed. */
function nodeBinary(): Promise<string> {
  return realpath(join(require.resolve("node/package.json"), "..", "bin", "node"));
}

export const nodeLayer: LayerRecipe = {
  name: "node",
  shared: true,
  inputs: () => Promise.resolve([version]),
  fill: async (rootfs) => {
    await copyInto(rootfs, "/usr/local/bin/node", await nodeBinary(), 0o755);
    await makeShared(rootfs, "/home/node");
  },
};

export const nodeEnvironment = [
  "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  `NODE_VERSION=${version}`,
];

/** Without the shell, npm and yarn of the real image. */
export const nodeImage: ImageRecipe = {
  name: names.node,
  layers: [debianBase, nodeLayer],
  config: { Entrypoint: ["node"], Env: nodeEnvironment },
};
