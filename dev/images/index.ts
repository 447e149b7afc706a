import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { cached, cacheKey } from "../cache";
import { layerOf, ociArchive, packTree, type Layer } from "./archive";
import type { ImageRecipe, LayerRecipe } from "./recipe";
import { recipes } from "./recipes";

export { names as imageNames, release } from "./names";

/** What has to be installed on the machine that builds the images, beside what every Debian has. */
export const debianPackages: readonly string[] = ["ca-certificates"];

/** An image that `ctr images import` takes, under the name that pods use. */
export interface ImageArchive {
  readonly name: string;
  /** Path of the archive in the cache. */
  readonly archive: string;
}

const ARCHIVE = "image.tar";
const LAYER = "layer.tar";

/**
 * Images as OCI archives, each built when it is not in the cache.
 *
 * @param detail is told which image is being built
 * @param wanted which ones; by default all that the embedded node has from its start
 * @throws {Failure} when a Debian package of the version that an image promises is not to be had
 */
export async function imageArchives(
  detail: (text: string) => void,
  wanted: readonly ImageRecipe[] = recipes,
): Promise<ImageArchive[]> {
  const code = await codeOfThisFolder();
  const archives: ImageArchive[] = [];
  for (const recipe of wanted) archives.push(await imageArchive(recipe, code, detail));
  return archives;
}

async function imageArchive(
  { name, layers, config }: ImageRecipe,
  code: string,
  detail: (text: string) => void,
): Promise<ImageArchive> {
  const inputs = await Promise.all(layers.map((layer) => layer.inputs()));
  const key = cacheKey(code, name, JSON.stringify(config), ...inputs.flat());
  const folder = await cached("images", `${shortName(name)}-${key}`, async (draft) => {
    detail(name);
    const work = join(draft, "work");
    const packed: Layer[] = [];
    for (const layer of layers) packed.push(await packedLayer(layer, code, join(work, layer.name)));
    await ociArchive({ name, layers: packed, config }, join(work, "layout"), join(draft, ARCHIVE));
    await rm(work, { recursive: true });
  });
  return { name, archive: join(folder, ARCHIVE) };
}

async function packedLayer(recipe: LayerRecipe, code: string, work: string): Promise<Layer> {
  if (!recipe.shared) {
    await packLayer(recipe, work);
    return layerOf(join(work, LAYER));
  }
  const key = cacheKey(code, ...(await recipe.inputs()));
  return layerOf(
    join(await cached("image-layers", `${recipe.name}-${key}`, (draft) => packLayer(recipe, draft)), LAYER),
  );
}

async function packLayer({ fill }: LayerRecipe, folder: string): Promise<void> {
  const root = join(folder, "root");
  const scratch = join(folder, "scratch");
  await Promise.all([root, scratch].map((path) => mkdir(path, { recursive: true })));
  await fill(root, scratch);
  await packTree(root, join(folder, LAYER));
  await Promise.all([root, scratch].map((path) => rm(path, { recursive: true })));
}

/** The recipes are code, so a change of any file here makes every image anew. */
async function codeOfThisFolder(): Promise<string> {
  const entries = await readdir(__dirname, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const contents = await Promise.all(files.sort().map((file) => readFile(file)));
  return cacheKey(...contents);
}

/** `postgres-17.10` of `docker.io/library/postgres:17.10`. */
function shortName(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1).replace(":", "-");
}
