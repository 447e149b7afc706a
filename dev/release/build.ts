import { copyFile, mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { run } from "../../cli/shared/exec";
import { Failure, UsageError } from "../../cli/shared/failure";
import { progress, type Progress } from "../../cli/shared/progress";
import packageJson from "../../package.json";
import { addressOf, placeholder } from "../../package/address";
import { checkout } from "../checkout";
import { archiveProblems } from "../packageCheck";
import { packages } from "../packages";
import { runCommand } from "../usage";
import { checksums } from "./archives";
import { packPlugin } from "./plugin";
import { generateSdks, packSdks } from "./sdks";

const HELP = `usage: release:build FOLDER

Makes all that a release has into an empty folder, and publishes nothing: the npm archives of the library, the policy
pack and the SDK for Node.js, the SDKs for Python and Go, the plugin's archives, the schemas, a bill of materials and
the files' checksums.`;

/** Files that are released as they are in this repository, by their names in the release. */
const asTheyAre = {
  "schema.json": "package/schema.json",
  "Pulumi.schema.json": "Pulumi.schema.json",
  "Service.schema.json": "Service.schema.json",
} as const;

/** Creates the files of a release, and returns their paths. */
export async function buildRelease(into: string, display: Progress): Promise<string[]> {
  const { repository } = packageJson as { readonly repository?: unknown };
  const address = addressOf(repository) ?? placeholder;
  const scratch = await mkdtemp(join(tmpdir(), "portcullis-release-"));
  try {
    const packed = await display.phase("the library and the policy pack", packages);
    const problems = await archiveProblems(packed.library);
    if (problems.length > 0) throw new Failure(problems.join("\n"));
    const archives = await Promise.all(
      Object.values(packed).map(async (archive: string) => {
        const file = join(into, basename(archive));
        await copyFile(archive, file);
        return file;
      }),
    );
    const sdks = await display.phase("the SDKs", async () => {
      await generateSdks(scratch);
      return packSdks(scratch, into, address);
    });
    const plugin = await packPlugin(into);
    const others = await Promise.all(
      Object.entries(asTheyAre).map(async ([name, file]) => {
        await copyFile(join(checkout, file), join(into, name));
        return join(into, name);
      }),
    );
    const materials = join(into, `${packageJson.name}.cdx.json`);
    await writeFile(materials, await run("npm", ["sbom", "--sbom-format", "cyclonedx"], { cwd: checkout }));
    const files = [...archives, ...sdks, ...plugin, ...others, materials];
    const sums = join(into, "SHA256SUMS");
    await writeFile(sums, await checksums(files));
    return [...files, sums];
  } finally {
    await rm(scratch, { recursive: true });
  }
}

if (require.main === module)
  runCommand(HELP, async () => {
    const [folder, ...more] = process.argv.slice(2);
    if (folder === undefined || more.length > 0) throw new UsageError(HELP);
    const into = resolve(folder);
    await mkdir(into, { recursive: true });
    if ((await readdir(into)).length > 0) throw new Failure(`${folder} is not empty.`);
    for (const file of await buildRelease(into, progress())) {
      const { size } = await stat(file);
      process.stdout.write(`${String(size).padStart(9)}  ${basename(file)}\n`);
    }
  });
