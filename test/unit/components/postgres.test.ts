import assert from "node:assert/strict";
import type { BackupArgs } from "../../../components/database/backups";
import { describeProblem } from "../../../documents/shared/problem";
import { passingTables } from "../../../documents/kratos/tables";
import { lastingTables } from "../../lastingTables";
import { newBackupKey } from "../../backupKey";
import { refusedBy, run, type Fields } from "../mocks";
import { gateway } from "./programs";

interface CronJob {
  readonly jobTemplate: { readonly spec: { readonly template: { readonly spec: Pod } } };
}

interface Pod {
  readonly containers: readonly [{ readonly command: string[]; readonly env: Fields[] }];
  readonly volumes: readonly Fields[];
}

describe("the database in the cluster", () => {
  it("has no resources for backups that are off, and admits no Job for them to the server", async () => {
    const { made } = await run(() => gateway({ database: { kind: "inCluster", backup: "off" } }));
    assert.deepEqual(
      made.names.filter((name) => /postgres-(backup|restore)/.test(name)),
      [],
    );
    const policy = JSON.stringify(made.one(":NetworkPolicy", "access-postgres").inputs);
    assert.doesNotMatch(policy, /postgres-(backup|restore)/);
  });

  it("encrypts its backups to a certificate, whose key only the restore Job mounts, as an optional Secret", async () => {
    const { certificate } = await newBackupKey();
    const backup = { encryptTo: certificate };
    const { made } = await run(() => gateway({ database: { kind: "inCluster", backup } }));
    const podOf = (name: string) =>
      (made.one(":CronJob", name).inputs["spec"] as unknown as CronJob).jobTemplate.spec.template.spec;
    const files = made.one(":ConfigMap", "access-postgres-backups").inputs["data"] as Fields;
    assert.equal(files["certificate.pem"], certificate);
    assert.deepEqual(podOf("access-postgres-backup").containers[0].env.at(-1), {
      name: "CERTIFICATE_FILE",
      value: "/scripts/certificate.pem",
    });
    assert.doesNotMatch(JSON.stringify(podOf("access-postgres-backup")), /restore-key/);
    assert.deepEqual(podOf("access-postgres-restore").volumes.slice(-2), [
      { name: "key", secret: { secretName: "access-postgres-restore-key", optional: true } },
      { name: "memory", emptyDir: { medium: "Memory" } },
    ]);
  });

  it("refuses a PostgreSQL version that cannot read its volume", async () => {
    const refused = (postgres: string) => run(() => gateway({ images: { override: { postgres } } }));
    for (const postgres of [
      "docker.io/library/postgres:18",
      "registry:5000/postgres:18.1-bookworm@sha256:" + "0".repeat(64),
    ])
      await assert.rejects(
        refused(postgres),
        /images\.override\.postgres: cannot read what PostgreSQL 17 wrote.* pg_dump and pg_restore into an external database/,
      );
    for (const postgres of ["registry:5000/postgres:17.9", "registry:5000/postgres@sha256:" + "0".repeat(64)])
      await refused(postgres);
    const images = { override: { postgres: "docker.io/library/postgres:18" } };
    await run(() => gateway({ images, database: { kind: "cloudNativePg", backup: "off" } }));
  });

  it("refuses to keep no backup", async () => {
    const backup = { keep: 0 };
    assert.deepEqual(await problemsOf(backup), [
      "args.database.backup.keep: is not a whole number above 0 (found 0). Write for example 14.",
    ]);
  });

  it("refuses to encrypt to anything but an RSA certificate, and never shows a private key", async () => {
    const path = "args.database.backup.encryptTo";
    const fix = "Write the PEM of an X.509 certificate with an RSA key of 2048 bits or more.";
    const { certificate, key } = await newBackupKey();
    const { certificate: curve } = await newBackupKey("ec");
    const { certificate: short } = await newBackupKey("rsa:1024");
    for (const [encryptTo, problem] of [
      ["age1qqq", `is not a certificate (found another text). ${fix}`],
      [curve, `cannot be used (found a certificate with a key of the type ec). ${fix}`],
      [short, `cannot be used (found a certificate with a key of the type rsa and 1024 bits). ${fix}`],
    ] as const)
      assert.deepEqual(await problemsOf({ encryptTo }), [`${path}: ${problem}`]);
    for (const encryptTo of [key, `${certificate}${key}`]) {
      const [problem = "", ...others] = await problemsOf({ encryptTo });
      assert.match(problem, /encryptTo: .* \(found a private key, not shown\)\. .*Make a new key/);
      assert.ok(!problem.includes(key.slice(100, 130)));
      assert.deepEqual(others, []);
    }
  });
});

describe("Kratos' tables", () => {
  it("are each either kept by a backup or left out of it", () => {
    // The same for v1.3.1 and v26.2.0, both migrated by Kratos' own files; the end-to-end test asks the database.
    assert.equal(new Set([...lastingTables, ...passingTables]).size, 26);
    for (const table of ["sessions", "session_devices", "session_token_exchanges", "courier_messages"])
      assert.ok((passingTables as readonly string[]).includes(table), table);
  });
});

async function problemsOf(backup: BackupArgs): Promise<string[]> {
  const { problems } = await refusedBy(() => gateway({ database: { kind: "inCluster", backup } }));
  return problems.map(describeProblem);
}
