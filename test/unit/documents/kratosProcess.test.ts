import assert from "node:assert/strict";
import fc from "fast-check";
import {
  cleanupArguments,
  courierArguments,
  migrateArguments,
  serveArguments,
} from "../../../documents/kratos/commands";
import { kratosDsn } from "../../../documents/kratos/dsn";
import { clientSecretVariable, generatedSecrets, secretList } from "../../../documents/kratos/environment";

const connection = {
  host: "postgres.portcullis.svc",
  port: 5432,
  database: "kratos",
  user: "kratos",
  password: "secret",
  sslMode: "disable",
} as const;

describe("Kratos data source name", () => {
  it("keeps database connections open while idle", () => {
    assert.equal(
      kratosDsn(connection),
      "postgres://kratos:secret@postgres.portcullis.svc:5432/kratos" +
        "?sslmode=disable&max_conns=16&max_idle_conns=16&max_conn_lifetime=1h&max_conn_idle_time=15m",
    );
  });

  it("uses the given pool and certificate authority", () => {
    const dsn = new URL(
      kratosDsn({
        ...connection,
        sslMode: "verify-full",
        caFile: "/etc/ca & co/ca.crt",
        pool: { maxConnections: 8, maxIdleConnections: 2, maxLifetime: "30m", maxIdleTime: "5m" },
      }),
    );
    assert.deepEqual(Object.fromEntries(dsn.searchParams), {
      sslmode: "verify-full",
      sslrootcert: "/etc/ca & co/ca.crt",
      max_conns: "8",
      max_idle_conns: "2",
      max_conn_lifetime: "30m",
      max_conn_idle_time: "5m",
    });
  });

  it("encodes every user, password and database so that they read back unchanged", () => {
    const text = fc.string({ unit: "grapheme", minLength: 1 });
    fc.assert(
      fc.property(text, text, text, (user, password, database) => {
        const dsn = kratosDsn({ ...connection, user, password, database });
        const [, u = "", p = "", rest = ""] = /^postgres:\/\/([^:@/?#]*):([^:@/?#]*)@(.*)$/.exec(dsn) ?? [];
        const [, d = ""] = /^postgres\.portcullis\.svc:5432\/([^/?#]*)\?sslmode=/.exec(rest) ?? [];
        assert.deepEqual([u, p, d].map(decodeURIComponent), [user, password, database]);
      }),
    );
  });

  it("puts an IPv6 address into brackets", () => {
    assert.match(kratosDsn({ ...connection, host: "fd00::1" }), /@\[fd00::1\]:5432\//);
  });
});

describe("Kratos environment", () => {
  it("has the key of page tokens only for a release that reads one", () => {
    const variables = (release: "v1.3" | "v26.2") =>
      generatedSecrets(release).map(({ variable }) => variable);
    assert.deepEqual(variables("v1.3"), ["SECRETS_COOKIE", "SECRETS_CIPHER", "SECRETS_DEFAULT"]);
    assert.deepEqual(variables("v26.2"), [
      "SECRETS_COOKIE",
      "SECRETS_CIPHER",
      "SECRETS_DEFAULT",
      "SECRETS_PAGINATION",
    ]);
  });

  it("lists cookie secrets in pairs of one version each, and no secret twice", () => {
    const list = (purpose: "cookie" | "cipher", current: string, next: string, former: string[]) => {
      const [one] = generatedSecrets("v26.2").filter((secret) => secret.purpose === purpose);
      assert.ok(one);
      return secretList(one, { current, next, former }).split(",");
    };
    const before = list("cookie", "two", "three", ["one"]);
    const after = list("cookie", "three", "four", ["two", "one"]);
    const pairs = (all: string[]) => all.flatMap((_, at) => (at % 2 ? [] : [`${all[at]},${all[at + 1]}`]));
    assert.deepEqual(
      pairs(before).map((pair) => pair.split(",")[0]),
      ["two", "three", "one"],
    );
    for (const pair of pairs(before)) assert.ok(pairs(after).includes(pair), pair);
    assert.equal(new Set(after).size, 8);
    for (const key of after.filter((_, at) => at % 2)) assert.match(key, /^k[0-9a-f]{31}$/);
    assert.deepEqual(list("cipher", "two", "three", ["one"]), ["two", "three", "one"]);
  });

  it("names the client secret by the provider's position", () => {
    assert.equal(clientSecretVariable(1), "SELFSERVICE_METHODS_OIDC_CONFIG_PROVIDERS_1_CLIENT_SECRET");
  });
});

describe("Kratos commands", () => {
  it("weaken cookies only when configured", () => {
    const config = ["serve", "all", "--config", "/k.json", "--sqa-opt-out"];
    assert.deepEqual(serveArguments("/k.json", false), config);
    assert.deepEqual(serveArguments("/k.json", true), [...config, "--dev"]);
  });

  it("migrate with the arguments of each release", () => {
    assert.deepEqual(migrateArguments("v1.3"), ["migrate", "sql", "--read-from-env", "--yes"]);
    assert.deepEqual(migrateArguments("v26.2"), ["migrate", "sql", "up", "--read-from-env", "--yes"]);
  });

  it("read the given configuration file", () => {
    for (const args of [courierArguments("/k.json", 4435), cleanupArguments("/k.json")])
      assert.equal(args[args.indexOf("--config") + 1], "/k.json");
  });
});
