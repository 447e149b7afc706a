import assert from "node:assert/strict";
import { kubectl } from "../../dev/kubectl";
import type { DevCluster } from "../../dev/devCluster";
import { CommandError } from "../../cli/shared/exec";
import { testCluster } from "../cluster/run";
import { gateway } from "../unit/components/programs";
import { run, type Fields } from "../unit/mocks";
import { installDefinitions, removeDefinitions } from "./definitions";

describe("the objects of a CloudNativePG database", () => {
  let cluster: DevCluster;

  before(async () => {
    cluster = await testCluster();
    await installDefinitions(cluster, "cloudNativePg");
  });
  after(() => removeDefinitions(cluster, "cloudNativePg"));

  for (const backup of [{ objectStore: "bucket" }, { volumeSnapshotClass: "csi" }, "off"] as const)
    it(`pass the API server with the operator's definitions, backups to ${JSON.stringify(backup)}`, async () => {
      const image = "ghcr.io/cloudnative-pg/postgresql:17.6";
      const database = { kind: "cloudNativePg", backup, image, storageClass: "fast" } as const;
      const { made } = await run(() => gateway({ database, images: { pullSecrets: ["registry"] } }));
      const objects = made.ofType("postgresql.cnpg.io/v1:Cluster").concat(made.ofType(":ScheduledBackup"));
      assert.equal(objects.length, backup === "off" ? 1 : 2);
      for (const { inputs } of objects) await dryRun(inputs);
    });

  it("are refused with a field that the definitions do not have", async () => {
    const { made } = await run(() => gateway({ database: { kind: "cloudNativePg", backup: "off" } }));
    const { inputs } = made.one("postgresql.cnpg.io/v1:Cluster", "access-postgres");
    const spec = { ...(inputs["spec"] as Fields), instance: 3 };
    await assert.rejects(
      dryRun({ ...inputs, spec }),
      (error) => error instanceof CommandError && error.output.includes("spec.instance"),
    );
  });

  function dryRun(object: Fields): Promise<string> {
    const metadata = { ...(object["metadata"] as Fields), namespace: "default" };
    const args = ["create", "--dry-run=server", "--validate=strict", "--filename=-"];
    return kubectl(cluster, args, JSON.stringify({ ...object, metadata }));
  }
});
