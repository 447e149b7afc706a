import assert from "node:assert/strict";
import { ComponentProblem } from "../../../components/shared/errors";
import { run, type Fields } from "../mocks";
import { gateway } from "./programs";

interface CronJob {
  readonly schedule: string;
  readonly timeZone: string;
  readonly suspend?: boolean;
  readonly jobTemplate: { readonly spec: { readonly template: { readonly spec: Pod } } };
}

interface Pod {
  readonly containers: readonly [{ readonly command: string[]; readonly env: Fields[] }];
  readonly volumes: readonly Fields[];
}

describe("the database in the cluster", () => {
  it("is backed up every night by default, with its password from the Secret", async () => {
    const { made } = await run(() => gateway());
    const spec = made.one(":CronJob", "access-postgres-backup").inputs["spec"] as unknown as CronJob;
    assert.deepEqual([spec.schedule, spec.timeZone, spec.suspend], ["17 3 * * *", "Etc/UTC", undefined]);
    const { containers, volumes } = spec.jobTemplate.spec.template.spec;
    assert.deepEqual(containers[0].env, [
      { name: "PGHOST", value: "access-postgres" },
      { name: "PGUSER", value: "kratos" },
      { name: "PGDATABASE", value: "kratos" },
      { name: "PGPASSWORD", valueFrom: { secretKeyRef: { name: "access-postgres", key: "password" } } },
      { name: "BACKUP_FOLDER", value: "/backups" },
      { name: "KEEP", value: "14" },
    ]);
    assert.deepEqual(volumes[0], {
      name: "backups",
      persistentVolumeClaim: { claimName: "access-postgres-backups" },
    });
  });

  it("is restored only by a Job that somebody makes", async () => {
    const { made } = await run(() => gateway());
    const spec = made.one(":CronJob", "access-postgres-restore").inputs["spec"] as unknown as CronJob;
    assert.equal(spec.suspend, true);
    assert.deepEqual(spec.jobTemplate.spec.template.spec.containers[0].command, [
      "sh",
      "/scripts/restore-database.sh",
    ]);
  });

  it("takes the schedule, the number of backups and their volume", async () => {
    const backup = { schedule: "0 * * * *", keep: 48, storage: "20Gi", storageClass: "cold" };
    const { made } = await run(() => gateway({ database: { kind: "inCluster", backup } }));
    const { schedule, jobTemplate } = made.one(":CronJob", "access-postgres-backup").inputs[
      "spec"
    ] as unknown as CronJob;
    assert.equal(schedule, "0 * * * *");
    assert.deepEqual(jobTemplate.spec.template.spec.containers[0].env.at(-1), { name: "KEEP", value: "48" });
    const { resources, storageClassName } = made.one(":PersistentVolumeClaim", "access-postgres-backups")
      .inputs["spec"] as { resources: Fields; storageClassName: string };
    assert.deepEqual([resources, storageClassName], [{ requests: { storage: "20Gi" } }, "cold"]);
  });

  it("makes nothing for backups that are off, and lets no Job for them at the server", async () => {
    const { made } = await run(() => gateway({ database: { kind: "inCluster", backup: "off" } }));
    assert.deepEqual(
      made.names.filter((name) => /postgres-(backup|restore)/.test(name)),
      [],
    );
    const policy = JSON.stringify(made.one(":NetworkPolicy", "access-postgres").inputs);
    assert.doesNotMatch(policy, /postgres-(backup|restore)/);
  });

  it("refuses to keep no backup", async () => {
    await assert.rejects(
      run(() => gateway({ database: { kind: "inCluster", backup: { keep: 0 } } })),
      (error) => {
        assert.ok(error instanceof ComponentProblem);
        assert.deepEqual(
          error.problems.map(({ path }) => path),
          ["database.backup.keep"],
        );
        return true;
      },
    );
  });
});
