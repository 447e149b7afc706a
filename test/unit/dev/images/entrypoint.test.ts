import assert from "node:assert/strict";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CommandError, run } from "../../../../cli/shared/exec";

const entrypoint = join(__dirname, "../../../../dev/images/postgres/entrypoint.sh");

/** Programs that record how they were called; `initdb` also leaves what the real one leaves. */
const programs = {
  id: 'echo "${FAKE_UID:-999}"',
  initdb: 'mkdir "$2"; touch "$2/pg_hba.conf"; echo 17 >"$2/PG_VERSION"', // --pgdata FOLDER comes first
  pg_ctl: 'exit "${FAKE_PG_CTL:-0}"',
  psql: 'sed "s/^/psql reads: /" >>"$CALLS"',
  postgres: "",
} as const;

describe("the postgres image's entrypoint", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "portcullis-entrypoint-"));
    for (const [name, body] of Object.entries(programs)) {
      const file = join(folder, name);
      await writeFile(file, `#!/bin/sh\necho "${name} $*" >>"$CALLS"\n${body}\n`);
      await chmod(file, 0o755);
    }
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** Runs the entrypoint and returns the calls that it made. */
  async function start(args: readonly string[], env: Record<string, string> = {}): Promise<string[]> {
    await run("sh", [entrypoint, ...args], {
      env: {
        PATH: `${folder}:${process.env["PATH"] ?? ""}`,
        CALLS: join(folder, "calls"),
        PGDATA: join(folder, "data"),
        POSTGRES_USER: "kratos",
        POSTGRES_PASSWORD: "the-password",
        POSTGRES_DB: undefined,
        ...env,
      },
    });
    return (await readFile(join(folder, "calls"), "utf8")).trim().split("\n");
  }

  it("initialises an empty folder with the user and password authentication, then serves", async () => {
    const calls = await start(["postgres"]);
    const initdb = calls.find((call) => call.startsWith("initdb")) ?? "";
    assert.match(initdb, /--username kratos .*--auth-host scram-sha-256/);
    assert.ok(!initdb.includes("the-password"), "a password on a command line is readable by every process");
    assert.match(calls.at(-1) ?? "", /^postgres -c listen_addresses=\*/);
    assert.match(
      await readFile(join(folder, "data", "pg_hba.conf"), "utf8"),
      /^host all all all scram-sha-256$/m,
    );
  });

  it("creates the database of POSTGRES_DB before it serves, by default one with the user's name", async () => {
    const named = await start(["postgres"], { POSTGRES_DB: "identities" });
    const created = named.findIndex((call) => call.startsWith("psql ") && call.includes("name=identities"));
    assert.ok(created > 0 && created < named.length - 1);
    await rm(join(folder, "data"), { recursive: true });
    assert.ok((await start(["postgres"])).some((call) => call.includes("name=kratos")));
  });

  it("starts again after an interrupted first start, and keeps no half-made database", async () => {
    await assert.rejects(start(["postgres"], { FAKE_PG_CTL: "1" }));
    await rm(join(folder, "calls"));
    const calls = await start(["postgres"]);
    assert.ok(calls.some((call) => call.startsWith("initdb ")));
    assert.equal(await readFile(join(folder, "data", "PG_VERSION"), "utf8"), "17\n");
  });

  it("keeps a folder with a database unchanged", async () => {
    await start(["postgres"]);
    await rm(join(folder, "calls"));
    const calls = await start(["postgres"], { POSTGRES_PASSWORD: "" });
    assert.deepEqual(
      calls.filter((call) => !call.startsWith("id ")).map((call) => call.split(" ")[0]),
      ["postgres"],
    );
  });

  it("passes arguments that begin with a dash to the server, and runs any other command unchanged", async () => {
    const calls = await start(["-c", "max_connections=42"]);
    assert.match(calls.at(-1) ?? "", /^postgres .*-c max_connections=42$/);
    assert.equal(
      (await start(["psql", "--version"])).find((call) => call.includes("--version")),
      "psql --version",
    );
  });

  it("refuses an empty folder without a password, and refuses root", async () => {
    const refusal = (env: Record<string, string>) =>
      start(["postgres"], env).then(
        () => assert.fail("it started"),
        (error: unknown) => (error instanceof CommandError ? error.output : assert.fail(String(error))),
      );
    assert.match(await refusal({ POSTGRES_PASSWORD: "" }), /POSTGRES_PASSWORD is not set/);
    assert.match(await refusal({ FAKE_UID: "0" }), /user 999/);
  });
});
