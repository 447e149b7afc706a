import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { name, version } from "../../package.json";
import { checkout } from "../checkout";
import { tarOf } from "./archives";

/** The operating systems and processors for which the engine requests a release. */
const platforms = ["linux", "darwin", "windows"].flatMap((system) =>
  ["amd64", "arm64"].map((processor) => `${system}-${processor}`),
);

/** The files that `pulumi package add` of this repository's folder also uses: the engine installs the npm package with them. */
const pluginFiles = ["PulumiPlugin.yaml", "index.js", "package.json"] as const;

/**
 * Creates the archives from which the engine installs the plugin, and returns them. Their contents are equal, as Node.js
 * runs them everywhere, but the engine requests the one of its own system by name.
 */
export async function packPlugin(into: string): Promise<string[]> {
  const scratch = await mkdtemp(join(tmpdir(), "portcullis-plugin-"));
  try {
    for (const file of pluginFiles) await copyFile(join(checkout, "plugin", file), join(scratch, file));
    const archives = platforms.map((platform) =>
      join(into, `pulumi-resource-${name}-v${version}-${platform}.tar.gz`),
    );
    for (const archive of archives) await tarOf(scratch, archive);
    return archives;
  } finally {
    await rm(scratch, { recursive: true });
  }
}
