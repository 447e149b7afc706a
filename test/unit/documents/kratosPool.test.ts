import assert from "node:assert/strict";
import { poolProblems, sharedPool } from "../../../documents/kratos/dsn";
import { gateway } from "../components/programs";
import { run } from "../mocks";

describe("Kratos' share of the database", () => {
  it("is as much as each server uses, and less from four servers on", () => {
    assert.deepEqual(
      [1, 2, 3, 4, 10].map((servers) => sharedPool(servers).maxConnections),
      [16, 16, 16, 14, 7],
    );
  });

  it("leaves room for a rolling update, a job and other users of a PostgreSQL with its default limit", () => {
    for (let servers = 1; servers <= 40; servers += 1)
      assert.ok((sharedPool(servers).maxConnections ?? 16) * (servers + 2) <= 100 - 13, `${servers} servers`);
  });
});

describe("the pool of an external database", () => {
  const external = {
    kind: "external",
    host: "db.example.com",
    port: 6432,
    database: "kratos",
    user: "kratos",
    password: "secret",
    sslMode: "require",
  } as const;

  it("is used as configured, and allows more servers than PostgreSQL's 100 connections do", async () => {
    const pool = { maxConnections: 4, maxIdleConnections: 1, maxLifetime: "10m", maxIdleTime: "1m" } as const;
    const { made } = await run(() => gateway({ replicas: 60, database: { ...external, pool } }));
    const secret = JSON.stringify(made.one(":Secret", "access-identity").inputs);
    assert.match(
      secret,
      /sslmode=require&max_conns=4&max_idle_conns=1&max_conn_lifetime=10m&max_conn_idle_time=1m"/,
    );
    await assert.rejects(
      run(() => gateway({ replicas: 60, database: external })),
      /replicas: leaves each server fewer than 2/,
    );
  });

  it("is refused with invalid values", () => {
    const paths = (pool: Parameters<typeof poolProblems>[1]) =>
      poolProblems((property) => property, pool).map(({ path }) => path);
    assert.deepEqual(paths({}), []);
    assert.deepEqual(paths({ maxConnections: 2, maxIdleConnections: 2 }), []);
    assert.deepEqual(paths({ maxConnections: 1 }), ["maxConnections"]);
    assert.deepEqual(paths({ maxConnections: 1.5 }), ["maxConnections"]);
    assert.deepEqual(paths({ maxConnections: 4, maxIdleConnections: 5 }), ["maxIdleConnections"]);
    assert.deepEqual(paths({ maxIdleConnections: 17 }), ["maxIdleConnections"]);
    assert.deepEqual(paths({ maxLifetime: "1.5h", maxIdleTime: "0s" }), ["maxLifetime", "maxIdleTime"]);
  });
});
