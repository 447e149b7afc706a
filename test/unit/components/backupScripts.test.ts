import assert from "node:assert/strict";
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CommandError, run } from "../../../local/exec";

const scripts = join(__dirname, "..", "..", "..", "components", "scripts");

/** Programs that behave as PostgreSQL's do where the scripts rely on it, and fail on demand. */
const programs = {
  pg_dump:
    'for option; do case $option in --file=*) echo dump >"${option#--file=}";; esac; done; exit "${FAIL_DUMP:-0}"',
  pg_restore:
    'case $1 in --list) exit "${FAIL_LIST:-0}";; esac; echo "CREATE TABLE t ();"; exit "${FAIL_RESTORE:-0}"',
  psql: 'tee "$STATEMENTS" | sed -n "s/^\\\\\\\\echo //p"; exit "${FAIL_PSQL:-0}"',
} as const;

describe("the script that", () => {
  let folder: string;
  let backups: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "portcullis-backups-"));
    backups = await mkdtemp(join(folder, "backups-"));
    for (const [name, body] of Object.entries(programs)) {
      await writeFile(join(folder, name), `#!/bin/sh\n${body}\n`);
      await chmod(join(folder, name), 0o755);
    }
  });
  afterEach(() => rm(folder, { recursive: true }));

  const start = (script: string, env: Record<string, string> = {}) =>
    run("sh", [join(scripts, script)], {
      env: {
        PATH: `${folder}:${process.env["PATH"] ?? ""}`,
        STATEMENTS: join(folder, "statements"),
        BACKUP_FOLDER: backups,
        PGDATABASE: "kratos",
        KEEP: "2",
        ...env,
      },
    });
  const dumps = async () => (await readdir(backups)).filter((name) => name.endsWith(".dump")).sort();
  const statements = () => readFile(join(folder, "statements"), "utf8");

  describe("backs the database up", () => {
    it("keeps as many backups as it was told, the newest ones, and nothing else", async () => {
      for (const day of [1, 2, 3]) await writeFile(join(backups, `2026-01-0${day}T03-17-00Z.dump`), "");
      await start("backup-database.sh");
      const [older, newest] = await dumps();
      assert.equal(older, "2026-01-03T03-17-00Z.dump");
      assert.match(newest ?? "", /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ\.dump$/);
    });

    for (const failure of ["FAIL_DUMP", "FAIL_LIST"])
      it(`fails, and deletes no older backup, on ${failure}`, async () => {
        for (const day of [1, 2, 3]) await writeFile(join(backups, `2026-01-0${day}T03-17-00Z.dump`), "");
        await assert.rejects(start("backup-database.sh", { [failure]: "1" }));
        assert.equal((await dumps()).length, 3);
      });
  });

  describe("puts a backup back", () => {
    beforeEach(async () => {
      for (const day of [1, 2]) await writeFile(join(backups, `2026-01-0${day}T03-17-00Z.dump`), "");
    });

    it("takes the newest one, in one transaction", async () => {
      assert.match(await start("restore-database.sh"), /^restored 2026-01-02T03-17-00Z\.dump$/m);
      assert.match(
        await statements(),
        /^BEGIN; DROP SCHEMA public CASCADE;[\s\S]*CREATE TABLE[\s\S]*^COMMIT;$/m,
      );
    });

    it("takes the one that was named", async () => {
      const BACKUP = "2026-01-01T03-17-00Z.dump";
      assert.match(await start("restore-database.sh", { BACKUP }), /^restored 2026-01-01/m);
    });

    it("commits nothing, and fails, when the backup cannot be read to its end", async () => {
      await assert.rejects(start("restore-database.sh", { FAIL_RESTORE: "1" }));
      assert.doesNotMatch(await statements(), /COMMIT/);
    });

    it("names the backups that there are when it cannot find one", async () => {
      await assert.rejects(start("restore-database.sh", { BACKUP: "none" }), (error) => {
        assert.ok(error instanceof CommandError);
        assert.match(error.output, /holds no none, but: 2026-01-01T03-17-00Z\.dump\s2026-01-02/);
        return true;
      });
    });
  });
});
