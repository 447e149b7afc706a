import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { stringify } from "yaml";
import { run } from "../../cli/shared/exec";
import { requirePackages } from "../../dev/node/prerequisites";
import { progress } from "../../cli/shared/progress";
import { moduleFolder } from "../../dev/node/binaries";
import type { EngineEnvironment } from "../../dev/plugins/engine";
import type { Runtime } from "../../dev/plugins/programCommand";
import { goModuleOf, placeholder } from "../../package/address";
import { name, version } from "../../package.json";

const STACK = "test";

/** Debian packages that Pulumi's SDK for Python imports. */
const pythonPackages = ["dill", "grpcio", "packaging", "protobuf", "semver", "yaml"].map(
  (one) => `python3-${one}`,
);

/** A project that uses this library's package from the files of a release. */
export interface ReleasedProgram {
  readonly runtime: Exclude<Runtime, "nodejs">;
  readonly text: string;
  /** Folder of the release. */
  readonly release: string;
  /** Empty folder of the program. */
  readonly folder: string;
}

/** The engine's plan for a program: the URNs of its resources, the same for all languages. */
export async function plannedBy(
  program: ReleasedProgram,
  engine: EngineEnvironment,
  secrets: Readonly<Record<string, string>>,
): Promise<string[]> {
  const { folder, runtime } = program;
  await mkdir(folder);
  await writeFile(join(folder, "Pulumi.yaml"), stringify({ name: "access", runtime }));
  const env = { ...engine, ...(await prepare[runtime](program)) };
  const pulumi = (args: readonly string[], input?: string) =>
    run("pulumi", [...args, "--non-interactive"], {
      cwd: folder,
      env,
      ...(input !== undefined && { input }),
    });
  await pulumi(["stack", "init", `${STACK}-${runtime}`]);
  // No cluster: the provider would write files.
  await pulumi(["config", "set", "kubernetes:renderYamlToDirectory", "rendered"]);
  for (const [key, value] of Object.entries(secrets)) await pulumi(["config", "set", "--secret", key], value);
  const planned = await pulumi(["preview", "--json"]);
  const { steps } = JSON.parse(planned) as { readonly steps: readonly { readonly urn: string }[] };
  const made = steps.filter(({ urn }) => !urn.includes("::pulumi:pulumi:Stack::"));
  return made.map(({ urn }) => urn.replace(`-${runtime}::`, "::")).sort();
}

/** Prepares what the program's language needs, and returns the variables that lead to it. */
const prepare = {
  go: async ({ folder, release, text }) => {
    const module = goModuleOf(placeholder);
    await mkdir(join(folder, "released"));
    const archive = join(release, `${name}-go-${version}.tar.gz`);
    await run("tar", ["--extract", "--file", archive, "--directory", "released"], { cwd: folder });
    const sdk = join(folder, "released", ...module.split("/").slice(3));
    const required = await run("go", ["mod", "edit", "-json"], { cwd: sdk });
    const { Go: go } = JSON.parse(required) as { readonly Go: string };
    await writeFile(join(folder, "main.go"), text);
    await writeFile(
      join(folder, "go.mod"),
      `module example.com/access\n\ngo ${go}\n\nrequire ${module} v${version}\n\nreplace ${module} => ${sdk}\n`,
    );
    await copyFile(join(sdk, "go.sum"), join(folder, "go.sum"));
    const env = { CGO_ENABLED: "0", GOFLAGS: "-mod=mod", GOWORK: "off" };
    await run("go", ["build", "-trimpath", "-o", "program", "."], { cwd: folder, env });
    return {};
  },
  python: async ({ folder, release, text }) => {
    await requirePackages(pythonPackages, { yes: true, progress: progress() });
    const wheel = join(release, `pulumi_${name}-${version}-py3-none-any.whl`);
    const installed = join(folder, "installed");
    await run("/usr/bin/python3", ["-m", "zipfile", "--extract", wheel, installed]);
    await writeFile(join(folder, "__main__.py"), text);
    const module = ["list", "-mod=readonly", "-m", "-f", "{{.Dir}}", "github.com/pulumi/pulumi/sdk/v3"];
    const sdk = join((await run("go", module, { cwd: moduleFolder("pulumi-sdks") })).trim(), "python");
    return {
      PULUMI_PYTHON_EXEC: join(sdk, "cmd/pulumi-language-python-exec"),
      PYTHONPATH: [join(__dirname, "python"), join(sdk, "lib"), installed].join(delimiter),
      PYTHONDONTWRITEBYTECODE: "1",
    };
  },
} satisfies Readonly<
  Record<ReleasedProgram["runtime"], (program: ReleasedProgram) => Promise<Readonly<Record<string, string>>>>
>;
