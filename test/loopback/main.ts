import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkout } from "../../dev/checkout";
import { Failure } from "../../cli/shared/failure";
import { undoOnInterrupt } from "../../cli/shared/interrupt";
import { progress } from "../../cli/shared/progress";
import { requirePackages } from "../../dev/node/prerequisites";
import { cached, cacheKey } from "../../dev/cache";
import { nginxImage } from "../../dev/images/recipes/nginx";
import { binary } from "../../dev/node/binaries";
import { runCommand } from "../../dev/usage";
import { CHROMIUM } from "../browser/chromium";

const USAGE = `usage: npm run test:loopback -- [NAME]...

Runs the tests of test/loopback: a proxy pod's own servers with the documents that they are deployed with, in a network of
their own, where their ports are free, and without a cluster. Needs root, as the embedded node does. NAMEs are files
without their ending. Variables:
  KRATOS=FILE      another build of Kratos
  OATHKEEPER=FILE  another build of Oathkeeper
  RELEASE=NAME     the release set that these builds are of (v1.3)`;

runCommand(USAGE, async () => {
  await requirePackages([CHROMIUM], { yes: process.env["CI"] === "true", progress: progress() });
  const namespaces = ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
  const mocha = join(checkout, "node_modules/mocha/bin/mocha.js");
  // Loaded first: the compiler of the hooks.
  const hooks = ["--require", "tsx/cjs", "--require", join(checkout, "test/loopback/serverLogs.ts")];
  // Longer than the servers' own start timeouts: they report which one is late, and leave no port in use for the next file.
  const timeout = ["--timeout", "240000"];
  const options = ["--config", join(checkout, "test/mocharc.json"), ...hooks, ...timeout, "--exit"];
  const names = process.argv.length > 2 ? process.argv.slice(2) : ["*"];
  const tests = names.map((name) => join(checkout, `test/loopback/${name}.test.ts`));
  const root = await mkdtemp(join(tmpdir(), "portcullis-loopback-"));
  const servers = {
    NGINX_ROOT: await nginxRoot(),
    OATHKEEPER: process.env["OATHKEEPER"] ?? (await binary("oathkeeper")),
    KRATOS: process.env["KRATOS"] ?? (await binary("kratos")),
    PROMTOOL: await binary("promtool"),
    LOOPBACK_ROOT: root,
  };
  const child = spawn("unshare", [...namespaces, process.execPath, mocha, ...options, ...tests], {
    stdio: "inherit",
    env: { ...process.env, ...servers },
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject).once("exit", resolve);
  });
  const removeRoot = () => rm(root, { recursive: true });
  const keep = undoOnInterrupt(async () => {
    // It ignores every other signal while its own child runs.
    child.kill("SIGKILL");
    await ended;
    await removeRoot();
  });
  const status = await ended;
  keep();
  await removeRoot();
  if (status !== 0) throw new Failure("Not everything holds.");
});

/** The files of the image that the embedded node uses for nginx. */
async function nginxRoot(): Promise<string> {
  const recipe = await readFile(join(checkout, "dev/images/recipes/nginx.ts"), "utf8");
  const folder = await cached("nginx-roots", cacheKey(recipe), async (draft) => {
    for (const layer of nginxImage.layers) await layer.fill(join(draft, "root"), join(draft, "scratch"));
  });
  return join(folder, "root");
}
