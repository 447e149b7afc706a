import { Extractor, ExtractorConfig, ExtractorLogLevel } from "@microsoft/api-extractor";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { checkout } from "./checkout";
import { run } from "../cli/shared/exec";
import { Failure, UsageError } from "../cli/shared/failure";
import { runCommand } from "./usage";

const HELP = `usage: api [--check]

Writes components/portcullis.api.md, which is all that a program can import, so that a review shows each change of it.
  --check  changes nothing, and fails where the file is not current, or where something public is not exported or not
           documented`;

const REPORT_FOLDER = join(checkout, "components");

runCommand(HELP, async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { check: { type: "boolean", default: false } },
  });
  if (positionals.length > 0) throw new UsageError(HELP);
  await mkdir(join(checkout, ".portcullis"), { recursive: true });
  const scratch = await mkdtemp(join(checkout, ".portcullis", "api-"));
  try {
    const tsc = join(checkout, "node_modules/typescript/bin/tsc");
    const options = ["--emitDeclarationOnly", "--outDir", join(scratch, "dist")];
    await run(process.execPath, [tsc, "--project", join(checkout, "tsconfig.build.json"), ...options]);
    const problems = extract(scratch, values.check);
    if (problems.length > 0) throw new Failure(problems.join("\n"));
  } finally {
    await rm(scratch, { recursive: true });
  }
});

/** Compares or writes the report, and returns what is wrong with the public API. */
function extract(scratch: string, check: boolean): string[] {
  const problems: string[] = [];
  const warn = { logLevel: ExtractorLogLevel.Warning };
  const silent = { default: { logLevel: ExtractorLogLevel.None } };
  const config = ExtractorConfig.prepare({
    configObject: {
      projectFolder: scratch,
      mainEntryPointFilePath: join(scratch, "dist/components/index.d.ts"),
      compiler: {
        overrideTsconfig: {
          extends: join(checkout, "tsconfig.build.json"),
          compilerOptions: { rootDir: scratch, typeRoots: [join(checkout, "node_modules/@types")] },
          include: [join(scratch, "dist")],
          exclude: [],
        },
      },
      apiReport: {
        enabled: true,
        reportFileName: "portcullis",
        reportFolder: REPORT_FOLDER,
        reportTempFolder: scratch,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      messages: {
        compilerMessageReporting: silent,
        tsdocMessageReporting: silent,
        extractorMessageReporting: {
          ...silent,
          "ae-forgotten-export": warn,
          "ae-undocumented": warn,
        },
      },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: join(checkout, "package.json"),
  });
  const { apiReportChanged } = Extractor.invoke(config, {
    localBuild: !check,
    messageCallback: (message) => {
      const file = message.sourceFilePath?.slice(join(scratch, "dist/").length).replace(/\.d\.ts$/, ".ts");
      if (message.logLevel === ExtractorLogLevel.Warning && message.messageId.startsWith("ae-"))
        problems.push(`${file ?? "?"}: ${message.text}`);
      message.handled = true;
    },
  });
  if (apiReportChanged && check)
    problems.push(
      "components/portcullis.api.md is not current: run `npm run api`, and look at what changed.",
    );
  return problems;
}
