import assert from "node:assert/strict";
import { authority } from "../authority";
import type { Input } from "@pulumi/pulumi";
import type { SslMode } from "../../../documents/kratos/dsn";
import { cleanedTables } from "../../../documents/kratos/tables";
import { run, type Fields } from "../mocks";
import { gateway } from "./programs";

interface Container {
  readonly name: string;
  readonly image: string;
  readonly args?: readonly string[];
  readonly command?: readonly string[];
  readonly env?: readonly Fields[];
  readonly volumeMounts?: readonly Fields[];
}

interface CronJobSpec {
  readonly jobTemplate: {
    readonly spec: {
      readonly template: {
        readonly spec: {
          readonly initContainers: readonly [Container, ...Container[]];
          readonly containers: readonly [Container];
          readonly volumes: readonly Fields[];
        };
      };
    };
  };
}

const external = {
  kind: "external",
  host: "db.example.com",
  port: 6432,
  database: "access",
  user: "gateway",
} as const;

async function cleanup(args: Parameters<typeof gateway>[0] = {}) {
  const { made } = await run(() => gateway(args));
  const spec = made.one(":CronJob", "access-identity-cleanup").inputs["spec"] as unknown as CronJobSpec;
  const pod = spec.jobTemplate.spec.template.spec;
  return { made, spec: pod, prepare: pod.initContainers[0], kratos: pod.containers[0] };
}

describe("the clean-up of the database", () => {
  it("deletes up to a million rows of each table, and keeps the last 15 minutes", async () => {
    const { kratos } = await cleanup();
    const option = (name: string) => kratos.args?.[kratos.args.indexOf(name) + 1];
    assert.equal(option("--database.cleanup.batch_size"), "1000000");
    assert.equal(option("--keep-last"), "15m");
  });

  it("deletes the rows that Kratos leaves, and analyzes the tables, with psql", async () => {
    const { prepare, made } = await cleanup();
    assert.match(prepare.image, /postgres/);
    const [shell, option, waiting, ...rest] = prepare.command ?? [];
    assert.deepEqual([shell, option], ["sh", "-c"]);
    assert.match(waiting ?? "", /^until pg_isready --quiet [^]*\nexec "\$@"$/m);
    assert.deepEqual(rest, [
      "prepare",
      "psql",
      "--no-psqlrc",
      "--set=ON_ERROR_STOP=1",
      "--command=DELETE FROM selfservice_errors WHERE created_at < now() AT TIME ZONE 'UTC' - INTERVAL '1 hour'",
      "--command=DELETE FROM courier_messages WHERE status IN (2, 4) AND created_at < now() AT TIME ZONE 'UTC' - INTERVAL '7 days'",
      `--command=ANALYZE ${cleanedTables.join(", ")}`,
    ]);
    assert.deepEqual(prepare.env, [
      { name: "PGHOST", value: "access-postgres" },
      { name: "PGPORT", value: "5432" },
      { name: "PGDATABASE", value: "kratos" },
      { name: "PGUSER", value: "kratos" },
      {
        name: "PGPASSWORD",
        valueFrom: { secretKeyRef: { name: "access-identity-cleanup", key: "password" } },
      },
      { name: "PGSSLMODE", value: "disable" },
    ]);
    const servers = JSON.stringify(made.one(":Deployment", "access-identity").inputs);
    assert.doesNotMatch(servers, /access-identity-cleanup/);
  });

  it("connects to an external database as Kratos does, with a password from a Secret", async () => {
    const password = { secretName: "database", key: "password" };
    const { prepare } = await cleanup({
      database: {
        ...external,
        password,
        sslMode: "verify-full",
        caCertificate: authority,
      },
    });
    assert.deepEqual(prepare.env, [
      { name: "PGHOST", value: "db.example.com" },
      { name: "PGPORT", value: "6432" },
      { name: "PGDATABASE", value: "access" },
      { name: "PGUSER", value: "gateway" },
      { name: "PGPASSWORD", valueFrom: { secretKeyRef: { name: "database", key: "password" } } },
      { name: "PGSSLMODE", value: "verify-full" },
      { name: "PGSSLROOTCERT", value: "/etc/kratos/ca.crt" },
    ]);
  });

  it("verifies a certificate with the authorities of the nginx image when no other is given", async () => {
    const database = (sslMode: Input<SslMode>) =>
      ({ ...external, password: { secretName: "database", key: "password" }, sslMode }) as const;
    for (const [sslMode, trusted] of [
      ["require", undefined],
      ["verify-ca", "/authorities/ca.crt"],
      ["verify-full", "/authorities/ca.crt"],
      // From another resource of the program.
      [Promise.resolve("verify-full" as const), "/authorities/ca.crt"],
      [Promise.resolve("require" as const), ""],
    ] as const) {
      const { spec } = await cleanup({ database: database(sslMode) });
      const copies = spec.initContainers.filter(({ name }) => name === "authorities");
      const prepare = spec.initContainers.at(-1);
      assert.equal(prepare?.env?.find(({ name }) => name === "PGSSLROOTCERT")?.["value"], trusted);
      assert.equal(copies.length, trusted === undefined ? 0 : 1);
      for (const copy of copies) {
        assert.match(copy.image, /nginx/);
        assert.deepEqual(copy.command, ["cp", "/etc/ssl/certs/ca-certificates.crt", "/authorities/ca.crt"]);
        for (const one of [copy, prepare]) {
          assert.ok(
            one?.volumeMounts?.some(
              ({ name, mountPath }) => name === "authorities" && mountPath === "/authorities",
            ),
          );
        }
        assert.ok(spec.volumes.some(({ name, emptyDir }) => name === "authorities" && emptyDir));
      }
    }
  });
});
