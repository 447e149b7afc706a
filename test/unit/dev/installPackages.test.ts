import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CommandError, run } from "../../../cli/shared/exec";
import { checkout } from "../../../dev/checkout";

describe("the installation of Debian packages", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "portcullis-apt-"));
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** Installs with an apt-get of which the first call fails with this message. Returns all its calls. */
  async function install(message: string): Promise<string[]> {
    const aptGet = join(folder, "apt-get");
    const log = join(folder, "calls");
    await writeFile(
      aptGet,
      `#!/bin/sh\n[ -e ${log} ]; first=$?\necho "$*" >>${log}\n[ $first = 0 ] || { echo "${message}" >&2; exit 100; }\n`,
      { mode: 0o755 },
    );
    const env = { PATH: `${folder}:${process.env["PATH"] ?? ""}` };
    await run(join(checkout, "dev", "installPackages.sh"), ["shellcheck", "runc"], { env });
    return (await readFile(log, "utf8")).trimEnd().split("\n");
  }

  it("waits while another program holds a lock of apt", async () => {
    const calls = await install(
      "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 1 (apt-get)",
    );
    assert.deepEqual(
      calls.map((call) => call.replace(/^.*Timeout=300 /, "")),
      ["update", "update", "install --yes --no-install-recommends shellcheck runc"],
    );
  });

  it("fails at once with apt's own words when something else is wrong", async () => {
    await assert.rejects(
      install("E: The repository has no Release file."),
      (error) =>
        error instanceof CommandError && error.message.includes("The repository has no Release file."),
    );
    assert.equal((await readFile(join(folder, "calls"), "utf8")).trimEnd().split("\n").length, 1);
  });
});
