import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exitCodes } from "../../../cli/shared/failure";
import { checkout } from "../../../dev/checkout";
import { onlyNode, ran } from "../commands";

const commands = [
  ...["dev/**/*.ts", "bench/*.ts"]
    .flatMap((pattern) => globSync(pattern, { cwd: checkout }))
    .filter((file) => /["`]usage: /.test(readFileSync(join(checkout, file), "utf8"))),
  ...globSync("test/*/main.ts", { cwd: checkout }),
];

describe("a command of development", () => {
  let folder: string;
  let env: NodeJS.ProcessEnv;

  // Some publish. Without npm and git they cannot, however they interpret the option.
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "portcullis-usage-"));
    env = await onlyNode(folder);
  });
  after(() => rm(folder, { recursive: true }));

  it("is one of more than ten that have a usage", () => {
    assert.ok(commands.length > 10, commands.join(" "));
  });

  for (const file of commands)
    it(`prints its usage when asked for help, and does nothing else: ${file}`, async () => {
      const { code, stdout, stderr } = await ran(file, ["--help"], { cwd: folder, env });
      assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
      assert.match(stdout, /^usage: /);
      assert.deepEqual(await readdir(folder), ["programs"]);
    });

  it("reports an unknown option with its usage, and no stack trace", async () => {
    const { code, stderr } = await ran("dev/clusterCommand.ts", ["up", "--instanse", "test"], {
      cwd: folder,
      env,
    });
    assert.match(stderr, /^\nUnknown option '--instanse'[^]*\n\nusage: cluster up\|down /);
    assert.doesNotMatch(stderr, /^\s+at /m);
    assert.equal(code, exitCodes.usage);
  });
});
