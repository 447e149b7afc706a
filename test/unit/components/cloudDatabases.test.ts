import assert from "node:assert/strict";
import { join } from "node:path";
import { run as nodeRun } from "../../../cli/shared/exec";
import { generated, run, type Fields } from "../mocks";
import { gateway } from "./programs";

const root = join(__dirname, "..", "..", "..");

interface Kratos {
  readonly containers: readonly [{ readonly env: { readonly name: string; readonly value?: string }[] }];
  readonly volumes: readonly Fields[];
}

describe("a database that CloudNativePG runs", () => {
  const database = { kind: "cloudNativePg", backup: { objectStore: "bucket" } } as const;

  it("is a cluster of three, awaited, with a log archive and a nightly backup in the object store", async () => {
    const { made } = await run(() => gateway({ database }));
    const { metadata, spec } = made.one(":Cluster", "access-postgres").inputs as {
      metadata: Fields;
      spec: Fields;
    };
    assert.equal(metadata["name"], "access-postgres");
    assert.deepEqual(metadata["annotations"], { "pulumi.com/waitFor": "condition=Ready" });
    assert.deepEqual(spec, {
      instances: 3,
      bootstrap: { initdb: { database: "kratos", owner: "kratos" } },
      storage: { size: "8Gi" },
      affinity: { podAntiAffinityType: "preferred", topologyKey: "kubernetes.io/hostname" },
      resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: { cpu: "2", memory: "512Mi" } },
      plugins: [
        {
          name: "barman-cloud.cloudnative-pg.io",
          isWALArchiver: true,
          parameters: { barmanObjectName: "bucket" },
        },
      ],
    });
    assert.deepEqual(made.one(":ScheduledBackup", "access-postgres-backup").inputs["spec"], {
      schedule: "0 17 3 * * *",
      cluster: { name: "access-postgres" },
      backupOwnerReference: "cluster",
      immediate: true,
      method: "plugin",
      pluginConfiguration: { name: "barman-cloud.cloudnative-pg.io" },
    });
  });

  it("takes volume snapshots of a stopped instance, because there is no log archive", async () => {
    const backup = { volumeSnapshotClass: "csi", schedule: "0 0 * * * *" };
    const { made } = await run(() => gateway({ database: { ...database, backup } }));
    const { spec } = made.one(":Cluster", "access-postgres").inputs as { spec: Fields };
    assert.deepEqual(spec["backup"], { volumeSnapshot: { className: "csi" } });
    const scheduled = made.one(":ScheduledBackup", "access-postgres-backup").inputs["spec"] as Fields;
    assert.deepEqual(
      [scheduled["schedule"], scheduled["method"], scheduled["online"]],
      ["0 0 * * * *", "volumeSnapshot", false],
    );
  });

  it("keeps its password out of the stack, which has only the name of the operator's Secret", async () => {
    const { made } = await run(() => gateway({ database }));
    assert.ok(!made.has(":RandomPassword", "access-postgres-password"));
    const secrets = made.one(":Secret", "access-identity").inputs["stringData"] as Fields;
    assert.ok(!("DSN" in secrets));
    for (const [kind, name] of [
      [":Deployment", "access-identity"],
      [":Job", "access-identity-migrate"],
    ] as const) {
      const { spec } = made.one(kind, name).inputs as unknown as { spec: { template: { spec: Kratos } } };
      const { containers, volumes } = spec.template.spec;
      const [password, dsn] = containers[0].env;
      assert.deepEqual(password, {
        name: "PGPASSWORD",
        valueFrom: { secretKeyRef: { name: "access-postgres-app", key: "password" } },
      });
      assert.match(
        dsn?.value ?? "",
        /^postgres:\/\/kratos@access-postgres-rw:5432\/kratos\?sslmode=verify-full&/,
      );
      const sources = (volumes[0]?.["projected"] as { sources: Fields[] }).sources;
      assert.deepEqual(sources[1], {
        secret: { name: "access-postgres-ca", items: [{ key: "ca.crt", path: "ca.crt" }] },
      });
    }
  });

  it("accepts connections only from the operator, the other instances and Kratos", async () => {
    const { made } = await run(() => gateway({ database }));
    const { podSelector, ingress } = made.one(":NetworkPolicy", "access-postgres").inputs[
      "spec"
    ] as unknown as {
      podSelector: Fields;
      ingress: { from: Fields[]; ports: { port: number }[] }[];
    };
    assert.deepEqual(podSelector, { matchLabels: { "cnpg.io/cluster": "access-postgres" } });
    assert.deepEqual(
      ingress.map(({ from, ports }) => [from.length, ports.map(({ port }) => port)]),
      [
        [4, [5432]],
        [2, [5432, 8000]],
      ],
    );
    assert.deepEqual(ingress[1]?.from[1], {
      namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "cnpg-system" } },
    });
  });
});

describe("a database of Cloud SQL", () => {
  const database = {
    kind: "cloudSql",
    region: "europe-west3",
    network: "projects/acme/global/networks/main",
    project: "acme",
  } as const;

  it("is in two zones, private, encrypted, backed up to any point in time, and protected", async () => {
    const { made } = await run(() => gateway({ database }));
    assert.deepEqual(made.one(":DatabaseInstance", "access-postgres").inputs, {
      project: "acme",
      region: "europe-west3",
      databaseVersion: "POSTGRES_17",
      deletionProtection: true,
      settings: {
        edition: "ENTERPRISE",
        tier: "db-custom-1-3840",
        availabilityType: "REGIONAL",
        diskAutoresize: true,
        deletionProtectionEnabled: true,
        backupConfiguration: {
          enabled: true,
          startTime: "03:00",
          pointInTimeRecoveryEnabled: true,
          transactionLogRetentionDays: 7,
          backupRetentionSettings: { retainedBackups: 14, retentionUnit: "COUNT" },
        },
        ipConfiguration: {
          ipv4Enabled: false,
          privateNetwork: "projects/acme/global/networks/main",
          sslMode: "ENCRYPTED_ONLY",
          serverCaMode: "GOOGLE_MANAGED_INTERNAL_CA",
        },
      },
    });
  });

  it("has its password in Secret Manager, under a unique name, and in the state only as a secret", async () => {
    const { made } = await run(() => gateway({ database }));
    const password = generated("access-postgres-password");
    assert.equal(made.one(":SecretVersion", "access-postgres-password").inputs["secretData"], password);
    assert.deepEqual(made.one("secretmanager/secret:Secret", "access-postgres-password").inputs, {
      project: "acme",
      secretId: "access-postgres-1a2b3c4-password",
      replication: { auto: {} },
    });
    const user = made.one(":User", "access-postgres");
    assert.deepEqual([user.inputs["password"], user.inputs["deletionPolicy"]], [password, "ABANDON"]);
    assert.deepEqual(
      made.all.filter(({ visible }) => JSON.stringify(visible).includes(password)),
      [],
    );
  });

  it("is reached at its private address, with every certificate authority of the instance", async () => {
    const { made } = await run(() => gateway({ database }));
    const { DSN } = made.one(":Secret", "access-identity").inputs["stringData"] as { DSN: string };
    const { hostname, username, searchParams } = new URL(DSN);
    assert.deepEqual(
      [hostname, username, searchParams.get("sslmode"), searchParams.get("sslrootcert")],
      ["10.0.0.3", "kratos", "verify-ca", "/etc/kratos/ca.crt"],
    );
    const files = made.one(":ConfigMap", "access-identity").inputs["data"] as Fields;
    assert.equal(files["ca.crt"], "the instance's authority\nthe one that follows");
  });

  it("does not load Google's SDK with the components", async () => {
    const program = 'require("./components"); process.stdout.write(Object.keys(require.cache).join())';
    const loaded = await nodeRun(process.execPath, ["--import", "tsx", "--eval", program], { cwd: root });
    assert.match(loaded, /@pulumi\/kubernetes/);
    assert.doesNotMatch(loaded, /@pulumi\/gcp|cloudSql/);
  });
});
