import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../cli/shared/exec";
import { Failure } from "../cli/shared/failure";
import { progress, runMain } from "../cli/shared/progress";
import { checkout } from "./checkout";

/** How old programs look for types. `exports` is unknown to it, and every Pulumi program sets another. */
const NODE_10 = "node10";

/** Packs a package into a folder, and returns the path of the archive. */
export async function packInto(folder: string, source = checkout): Promise<string> {
  const printed = await run("npm", ["pack", "--json", "--pack-destination", folder], { cwd: source });
  const [packed] = JSON.parse(printed.slice(printed.indexOf("["))) as { readonly filename: string }[];
  if (!packed) throw new Failure(`npm packed nothing:\n${printed}`);
  return join(folder, packed.filename);
}

/** What would go wrong for some that install an archive, as publint and "Are the types wrong?" see it. */
export async function archiveProblems(archive: string): Promise<string[]> {
  const { publint } = await import("publint");
  const { formatMessage } = await import("publint/utils");
  const { checkPackage, createPackageFromTarballData } = await import("@arethetypeswrong/core");
  const bytes = await readFile(archive);
  const tarball = new Uint8Array(bytes);
  const { messages, pkg } = await publint({ pack: { tarball: tarball.buffer } });
  const analysis = await checkPackage(createPackageFromTarballData(tarball));
  const wrong = analysis.types === false ? [{ kind: "NoTypes" }] : analysis.problems;
  return [
    ...messages.map((message) => `publint: ${formatMessage(message, pkg, { color: false }) ?? message.code}`),
    ...wrong
      .filter((problem) => !("resolutionKind" in problem && problem.resolutionKind === NODE_10))
      .map((problem) => `types: ${JSON.stringify(problem)}`),
  ];
}

if (require.main === module)
  runMain(async () => {
    const folder = await mkdtemp(join(tmpdir(), "portcullis-package-"));
    const display = progress();
    try {
      const [given] = process.argv.slice(2);
      const archive = given ?? (await display.phase("build and pack", () => packInto(folder)));
      const problems = await display.phase("look at the archive", () => archiveProblems(archive));
      if (problems.length > 0) throw new Failure(problems.join("\n"));
    } finally {
      await rm(folder, { recursive: true });
    }
  });
