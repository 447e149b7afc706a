import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkout } from "../../dev/checkout";
import { run } from "../../cli/shared/exec";
import { binary, moduleFolder } from "../../dev/node/binaries";
import { blockOf } from "../blockOf";

const TYPESCRIPT = require.resolve("typescript/bin/tsc");

describe("the SDKs that Pulumi generates from the package schema", function () {
  this.timeout(900_000); // Go compiles its own SDK the first time
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "portcullis-sdks-"));
    await run(await binary("pulumi-sdks"), [join(checkout, "package", "schema.json"), folder]);
  });
  after(() => rm(folder, { recursive: true }));

  it("compile for Node.js", async () => {
    const sdk = join(folder, "nodejs");
    await symlink(join(checkout, "node_modules"), join(sdk, "node_modules"));
    await run(process.execPath, [TYPESCRIPT, "--noEmit"], { cwd: sdk });
  });

  it("compile for Go, with the documented program", async () => {
    const sdk = join(folder, "go");
    const module = moduleFolder("pulumi-sdks");
    const versions = await readFile(join(module, "go.mod"), "utf8");
    await writeFile(
      join(sdk, "go.mod"),
      versions.replace(/^module .*/, "module example.com/pulumi-portcullis/sdk/go"),
    );
    await copyFile(join(module, "go.sum"), join(sdk, "go.sum"));
    await mkdir(join(sdk, "program"));
    await writeFile(join(sdk, "program", "main.go"), await documented("go"));
    const env = { CGO_ENABLED: "0", GOFLAGS: "-mod=mod", GOWORK: "off" };
    await run("go", ["build", "-trimpath", "./..."], { cwd: sdk, env });
  });

  it("compile for Python, with the documented program", async () => {
    await writeFile(join(folder, "python", "program.py"), await documented("python"));
    await run("python3", ["-m", "compileall", "-q", join(folder, "python")]);
  });
});

async function documented(language: string): Promise<string> {
  return blockOf(language, await readFile(join(checkout, "docs/languages.md"), "utf8"));
}
