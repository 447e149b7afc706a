import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CommandError, run } from "../../../cli/shared/exec";
import { newBackupKey } from "../../backupKey";

const scripts = join(__dirname, "..", "..", "..", "components", "scripts");

/** Programs that behave as PostgreSQL's do where the scripts rely on it, and fail on demand. A dump consists of its options. */
const programs = {
  pg_dump:
    'file=/dev/stdout; for option; do case $option in --file=*) file=${option#--file=};; esac; done; echo "dump $*" >"$file"; exit "${FAIL_DUMP:-0}"',
  pg_restore:
    'case $1 in --list) exit "${FAIL_LIST:-0}";; esac; for file; do :; done; echo "CREATE TABLE t (); -- $(cat "$file")"; exit "${FAIL_RESTORE:-0}"',
  pg_isready: '[ ! -e "$CLOSED" ] || { rm "$CLOSED"; exit 1; }',
  psql: `[ ! -e "$CLOSED" ] || exit 2
case "$*" in
*"to_regclass('public.identities')"*) echo "\${MIGRATED:-t}";;
*"SELECT EXISTS (SELECT FROM public.identities)"*) echo "\${INHABITED:-t}";;
*) tee "$STATEMENTS" | sed -n 's/^\\\\echo //p';;
esac
exit "\${FAIL_PSQL:-0}"`,
} as const;

describe("the script that", () => {
  let folder: string;
  let backups: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "portcullis-backups-"));
    backups = await mkdtemp(join(folder, "backups-"));
    await mkdir(join(folder, "memory"));
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
        CLOSED: join(folder, "closed"),
        BACKUP_FOLDER: backups,
        PGDATABASE: "kratos",
        PASSING_TABLES: "sessions selfservice_errors",
        KEEP: "2",
        KEY_FILE: join(folder, "key.pem"),
        MEMORY_FOLDER: join(folder, "memory"),
        ...env,
      },
    });
  const dumps = async () => (await readdir(backups)).filter((name) => name.includes(".dump")).sort();
  const olderOnes = async () => {
    for (const day of [1, 2, 3]) await writeFile(join(backups, `2026-01-0${day}T03-17-00Z.dump`), "");
    return readdir(backups);
  };
  const textOf = async (name = "") => readFile(join(backups, name), "utf8");
  const statements = () => readFile(join(folder, "statements"), "utf8");

  describe("backs the database up", () => {
    it("keeps only the newest backups, as many as configured", async () => {
      for (const day of [1, 2, 3]) await writeFile(join(backups, `2026-01-0${day}T03-17-00Z.dump`), "");
      await start("backup-database.sh");
      const [older, newest] = await dumps();
      assert.equal(older, "2026-01-03T03-17-00Z.dump");
      assert.match(newest ?? "", /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ\.dump$/);
    });

    it("leaves out the rows of the short-lived tables, but no table", async () => {
      await start("backup-database.sh");
      const [name] = await dumps();
      const left = "--exclude-table-data=public.sessions --exclude-table-data=public.selfservice_errors";
      const text = (await textOf(name)).replace(/\.draft-\S+/, "DRAFT");
      assert.equal(text, `dump --format=custom ${left} --file=DRAFT\n`);
    });

    for (const failure of ["FAIL_DUMP", "FAIL_LIST", "FAIL_PSQL"])
      it(`fails, and deletes no older backup, on ${failure}`, async () => {
        const older = await olderOnes();
        await assert.rejects(start("backup-database.sh", { [failure]: "1" }));
        assert.deepEqual(await readdir(backups), older);
      });

    for (const [kind, more] of [
      ["plain", {}],
      ["encrypted", { CERTIFICATE_FILE: "/certificate.pem" }],
    ] as const)
      it(`fails, and writes and deletes nothing, when the database was lost, ${kind}`, async () => {
        const older = await olderOnes();
        await assert.rejects(start("backup-database.sh", { MIGRATED: "f", ...more }), (error) => {
          assert.ok(error instanceof CommandError);
          assert.equal(error.code, 1);
          assert.match(error.output, /no table public\.identities: it was lost.*\s.*2026-01-01T/);
          return true;
        });
        assert.deepEqual(await readdir(backups), older);
      });

    it("writes a backup of a database without identities, and deletes no older one for it", async () => {
      const older = await olderOnes();
      const output = await start("backup-database.sh", { INHABITED: "f" });
      assert.match(output, /^the database has no identity: no older backup was deleted$/m);
      assert.equal((await dumps()).length, older.length + 1);
    });

    it("waits until the database accepts connections, because NetworkPolicies apply late to a new pod", async () => {
      await writeFile(join(folder, "closed"), "");
      await start("backup-database.sh");
      assert.equal((await dumps()).length, 1);
    });

    it("keeps the draft of another backup, but deletes one that is 13 hours old", async () => {
      const [dead, live] = [".draft-dead-1", ".draft-live-1"];
      for (const draft of [dead, live]) await writeFile(join(backups, draft), "half");
      const before = Date.now() / 1000 - 13 * 3600;
      await utimes(join(backups, dead), before, before);
      await start("backup-database.sh");
      const names = await readdir(backups);
      assert.equal(names.length, 2);
      assert.ok(names.includes(live));
      assert.equal(await textOf(live), "half");
    });
  });

  describe("restores a backup", () => {
    beforeEach(async () => {
      for (const day of [1, 2]) await writeFile(join(backups, `2026-01-0${day}T03-17-00Z.dump`), "");
    });

    it("restores the newest one, in one transaction", async () => {
      assert.match(await start("restore-database.sh"), /^restored 2026-01-02T03-17-00Z\.dump$/m);
      assert.match(
        await statements(),
        /^BEGIN; DROP SCHEMA public CASCADE;[\s\S]*CREATE TABLE[\s\S]*^COMMIT;$/m,
      );
    });

    it("restores the named one", async () => {
      const BACKUP = "2026-01-01T03-17-00Z.dump";
      assert.match(await start("restore-database.sh", { BACKUP }), /^restored 2026-01-01/m);
    });

    it("lists the backups with their sizes, and restores none", async () => {
      await writeFile(join(backups, "2026-01-02T03-17-00Z.dump"), "12345");
      assert.match(
        await start("restore-database.sh", { BACKUP: "list" }),
        / 5 .*2026-01-02T03-17-00Z\.dump$/m,
      );
      await assert.rejects(statements(), /ENOENT/);
    });

    it("commits nothing that has no table of identities", async () => {
      await start("restore-database.sh");
      assert.match(
        await statements(),
        /CREATE TABLE[^]*IF to_regclass\('public\.identities'\) IS NULL THEN\s+RAISE EXCEPTION [^]*^COMMIT;$/m,
      );
    });

    it("waits until the database accepts connections", async () => {
      await writeFile(join(folder, "closed"), "");
      assert.match(await start("restore-database.sh"), /^restored /m);
    });

    it("commits nothing, and fails, when the backup cannot be read to its end", async () => {
      await assert.rejects(start("restore-database.sh", { FAIL_RESTORE: "1" }));
      assert.doesNotMatch(await statements(), /COMMIT/);
    });

    it("names the existing backups when it cannot find one", async () => {
      await assert.rejects(start("restore-database.sh", { BACKUP: "none" }), (error) => {
        assert.ok(error instanceof CommandError);
        assert.match(error.output, /holds no none, but: 2026-01-01T03-17-00Z\.dump\s2026-01-02/);
        return true;
      });
    });
  });

  describe("encrypts a backup", () => {
    let secret: Record<string, string>;

    beforeEach(async () => {
      const { certificate, key } = await newBackupKey();
      secret = { CERTIFICATE_FILE: join(folder, "certificate.pem") };
      await writeFile(join(folder, "certificate.pem"), certificate);
      await writeFile(join(folder, "key.pem"), key);
    });

    it("writes only the encrypted backup, and restores it with the key", async () => {
      await start("backup-database.sh", secret);
      const [name] = await dumps();
      assert.match(name ?? "", /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ\.dump\.cms$/);
      assert.doesNotMatch(await textOf(name), /sessions/);
      assert.deepEqual(await readdir(backups), [name]);

      assert.match(await start("restore-database.sh"), new RegExp(`^restored ${name}$`, "m"));
      assert.match(await statements(), /CREATE TABLE t \(\); -- dump .*public\.sessions[^]*^COMMIT;$/m);
    });

    it("fails, and deletes no older backup, when the dump ends early", async () => {
      for (const day of [1, 2, 3]) await writeFile(join(backups, `2026-01-0${day}T03-17-00Z.dump.cms`), "");
      await assert.rejects(start("backup-database.sh", { ...secret, FAIL_DUMP: "1" }));
      assert.equal((await dumps()).length, 3);
    });

    it("counts plain and encrypted backups together", async () => {
      for (const day of [1, 2, 3]) await writeFile(join(backups, `2026-01-0${day}T03-17-00Z.dump`), "");
      await start("backup-database.sh", secret);
      const [older, newest] = await dumps();
      assert.equal(older, "2026-01-03T03-17-00Z.dump");
      assert.match(newest ?? "", /\.dump\.cms$/);
    });

    it("names the missing file when there is no key", async () => {
      await start("backup-database.sh", secret);
      const KEY_FILE = join(folder, "none.pem");
      await assert.rejects(start("restore-database.sh", { KEY_FILE }), (error) => {
        assert.ok(error instanceof CommandError);
        assert.match(error.output, /is encrypted, and there is no .*none\.pem/);
        return true;
      });
    });

    for (const [what, damage] of [
      ["changed", (bytes: Buffer) => bytes.fill(0, bytes.length - 40, bytes.length - 36)],
      ["cut off", (bytes: Buffer) => bytes.subarray(0, -40)],
    ] as const)
      it(`does not start to restore a backup that was ${what}`, async () => {
        await start("backup-database.sh", secret);
        const [name = ""] = await dumps();
        await writeFile(join(backups, name), damage(await readFile(join(backups, name))));
        await assert.rejects(start("restore-database.sh"));
        await assert.rejects(statements(), /ENOENT/);
      });

    it("does not start to restore with another key", async () => {
      await start("backup-database.sh", secret);
      await writeFile(join(folder, "key.pem"), (await newBackupKey()).key);
      await assert.rejects(start("restore-database.sh"));
      await assert.rejects(statements(), /ENOENT/);
    });
  });
});
