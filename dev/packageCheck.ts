import { readFile } from "node:fs/promises";
import { Failure } from "../cli/shared/failure";
import { progress, runMain } from "../cli/shared/progress";
import { packages } from "./packages";

/** How old programs look up types. It ignores `exports`, and every Pulumi program sets another resolution. */
const NODE_10 = "node10";

/** The problems that some users of an archive would have, according to publint and "Are the types wrong?". */
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
    const display = progress();
    const [given] = process.argv.slice(2);
    const archive = given ?? (await display.phase("build and pack", async () => (await packages()).library));
    const problems = await display.phase("look at the archive", () => archiveProblems(archive));
    if (problems.length > 0) throw new Failure(problems.join("\n"));
  });
