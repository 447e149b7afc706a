import { run } from "../../cli/shared/exec";

/** The folder with a module's sources, in the version of the go.mod in `folder`; they are read-only. */
export async function moduleSources(module: string, folder: string): Promise<string> {
  const json = await run("go", ["mod", "download", "-json", module], {
    cwd: folder,
    env: { GOFLAGS: "-mod=readonly", GOWORK: "off" },
  });
  return (JSON.parse(json) as { Dir: string }).Dir;
}
