import { copyFile, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { cached, cacheKey } from "../cache";
import { moduleSources } from "./goModule";

/** Its go.mod determines which version of the Gateway API Traefik supports. */
const module = join(__dirname, "binaries/node");

/** The custom resource definitions of the Gateway API, from its Go module, as YAML. */
export async function gatewayApiDefinitions(): Promise<string> {
  const key = cacheKey(await readFile(join(module, "go.mod")));
  const folder = await cached("gateway-api", key, async (draft) => {
    const source = join(await moduleSources("sigs.k8s.io/gateway-api", module), "config/crd/standard");
    for (const file of await readdir(source)) await copyFile(join(source, file), join(draft, file));
  });
  const files = (await readdir(folder)).sort();
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), "utf8")));
  return texts.join("\n---\n");
}
