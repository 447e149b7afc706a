import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CommandError, run } from "../../../cli/shared/exec";
import { checkout } from "../../../dev/checkout";

const script = join(checkout, "dev", "hugePages.sh");

describe("a command under huge pages", () => {
  let folder: string;
  let setting: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "portcullis-pages-"));
    setting = join(folder, "enabled");
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  const now = async () => (await readFile(setting, "utf8")).trim();
  const env = () => ({ HUGE_PAGES_SETTING: setting });

  it("has them where programs would have to ask, and only while it runs", async () => {
    await writeFile(setting, "always [madvise] never\n");
    assert.equal((await run(script, ["cat", setting], { env: env() })).trim(), "always");
    assert.equal(await now(), "madvise");
  });

  for (const chosen of ["[always] madvise never", "always madvise [never]"]) {
    it(`leaves the machine's "${chosen}"`, async () => {
      await writeFile(setting, `${chosen}\n`);
      assert.equal((await run(script, ["cat", setting], { env: env() })).trim(), chosen);
      assert.equal(await now(), chosen);
    });
  }

  it("runs where the kernel has no such setting", async () => {
    assert.equal((await run(script, ["echo", "ran"], { env: env() })).trim(), "ran");
  });

  it("fails as the command does, with the setting as it was", async () => {
    await writeFile(setting, "always [madvise] never\n");
    await assert.rejects(
      run(script, ["sh", "-c", "exit 3"], { env: env() }),
      (error) => error instanceof CommandError && error.code === 3,
    );
    assert.equal(await now(), "madvise");
  });

  it("leaves the setting as it was when it is ended", async () => {
    await writeFile(setting, "always [madvise] never\n");
    const child = spawn(script, ["sh", "-c", "echo begun; exec sleep 10"], {
      env: { ...process.env, ...env() },
      stdio: ["ignore", "pipe", "inherit"],
      detached: true,
    });
    await once(child.stdout, "data");
    assert.equal(await now(), "always");
    process.kill(-Number(child.pid), "SIGTERM");
    await once(child, "exit");
    assert.equal(await now(), "madvise");
  });
});
