import { build } from "esbuild";
import { join } from "node:path";
import packageJson from "./package.json";

/** Folder of the pack, as expected by `--policy-pack`. */
export const packFolder = __dirname;

/** Compiles the pack with the code that it shares with the components into one file; Pulumi's own packages remain external. */
export async function buildPack(): Promise<void> {
  await build({
    entryPoints: [join(packFolder, "index.ts")],
    outfile: join(packFolder, packageJson.main),
    bundle: true,
    platform: "node",
    target: "node22",
    format: "cjs",
    external: Object.keys(packageJson.dependencies),
    // Comments in the file contain paths: keep them as they are here, wherever a linked node_modules leads.
    preserveSymlinks: true,
    legalComments: "none",
    logLevel: "warning",
  });
}

if (require.main === module) void buildPack();
