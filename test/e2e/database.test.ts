import assert from "node:assert/strict";
import { withBrowsers, type Browser } from "../../cli/verify/browser";
import { DevStack } from "../../dev/devStack";
import { people, signIn } from "../../cli/verify/signIn";
import type { Target } from "../../cli/verify/target";
import { kubectl } from "../../dev/kubectl";
import type { DevCluster } from "../../dev/devCluster";
import { eventually } from "../../cli/shared/eventually";
import type { Overlay } from "../../dev/plugins/stackRun";
import { progress } from "../../cli/shared/progress";
import { passingTables } from "../../documents/kratos/tables";
import { lastingTables } from "../lastingTables";
import { newBackupKey, type BackupKey } from "../backupKey";
import { imageNames } from "../../dev/images";
import { testCluster } from "../cluster/run";
import { withKratosUrl } from "./inside";

const postgres = "portcullis-postgres";
const RESTORE_KEY = `${postgres}-restore-key`;
/** Marks the rows that a test has written. */
const MARK = "written by a test";
const IDENTITY_SERVER = "app.kubernetes.io/component=identity-server";
/** Another name of an image that the development cluster has: to Kubernetes and the stack it is a new version. */
const kratosElsewhere = imageNames.kratos.replace(/^docker\.io/, "index.docker.io");

describe("the dev stack's database", () => {
  let cluster: DevCluster;
  let devStack: DevStack;
  let target: Target;
  let backupKey: BackupKey;

  before(async () => {
    cluster = await testCluster();
    devStack = new DevStack(cluster, progress());
    target = await devStack.up();
  });
  after(() => inNamespace(["delete", "secret", RESTORE_KEY, "--ignore-not-found"]));

  const inNamespace = (args: readonly string[], input?: string) =>
    kubectl(cluster, ["--namespace", target.namespace, ...args], input);
  const create = async (job: string, cronJob: string, ...more: string[]) => {
    await inNamespace(["delete", "job", job, "--ignore-not-found"]);
    return inNamespace(["create", "job", job, `--from=cronjob/${cronJob}`, ...more]);
  };
  const logOf = async (job: string) => {
    await inNamespace(["wait", "--for=condition=complete", `job/${job}`, "--timeout=300s"]);
    return inNamespace(["logs", `job/${job}`, "--all-containers"]);
  };

  it("loses everything that has expired in one clean-up, however much it is, and nothing else", async () => {
    await withBrowsers([], async (fresh) => {
      const alice = fresh();
      await enter(alice, people.admitted);
      await fresh().ask(target.service);
      const lasting = await sql(
        "SELECT count(*) > 0 AND max(expires_at - issued_at) = '15 min' FROM selfservice_login_flows",
        "SELECT count(*) > 0 FROM sessions WHERE active",
      );
      assert.deepEqual(lasting, ["t", "t"]);
      await sql(...expired(60_000));

      const cleanup = await inNamespace([
        ...["get", "cronjobs", "--selector=app.kubernetes.io/component=identity-cleanup"],
        "--output=jsonpath={.items[*].metadata.name}",
      ]);
      await create("clean-up", cleanup);
      await logOf("clean-up");
      assert.deepEqual(
        await sql(
          `SELECT count(*) FROM selfservice_login_flows WHERE csrf_token = '${MARK}'`,
          `SELECT string_agg(csrf_token, ' ') FROM selfservice_errors WHERE csrf_token LIKE '${MARK}%'`,
          `SELECT string_agg(subject, ' ' ORDER BY subject) FROM courier_messages WHERE recipient = '${MARK}'`,
          "SELECT count(*) > 0 FROM selfservice_login_flows",
        ),
        ["0", `${MARK} new`, "sent yesterday waiting", "t"],
      );
      assert.equal((await alice.ask(target.service)).status, 200);
    });
  });

  it("has no table that is missing from the lists of what a backup holds", async () => {
    const [tables = ""] = await sql(
      "SELECT string_agg(tablename, ' ' ORDER BY tablename) FROM pg_tables WHERE schemaname = 'public'",
    );
    assert.deepEqual(tables.split(" "), [...lastingTables, ...passingTables].sort());
  });

  it("shows a backup's reader who may sign in, but no session", async () => {
    await withBrowsers([], async (fresh) => {
      const alice = fresh();
      await enter(alice, people.admitted);
      const [tokens = ""] = await sql("SELECT string_agg(token, ' ') FROM sessions");
      const backup = await backUp("backup-read");
      const dump = await printed("read-backup", `pg_restore --file=- ${backup}`);
      assert.match(dump, new RegExp(`^COPY public\\.identities [^]*${people.admitted}`, "m"));
      for (const token of tokens.split(" ")) assert.ok(!dump.includes(token), "a session's token is in it");
      assert.ok(!dump.includes("COPY public.sessions "));
    });
  });

  it("is restored from the newest backup by default, and everybody signs in again", async () => {
    await withBrowsers([], async (fresh) => {
      const [before, since] = [fresh(), fresh()];
      await enter(before, people.admitted);
      const id = await identity(before);
      await backUp("backup-newest");
      await enter(since, people.alsoAdmitted);

      await create("restore-newest", `${postgres}-restore`);
      await logOf("restore-newest");
      await restartIdentityServers();
      await eventually(async () => {
        for (const browser of [before, since])
          assert.notEqual((await browser.ask(target.service)).status, 200);
      });
      const anew = fresh();
      await enter(anew, people.admitted);
      assert.equal(await identity(anew), id);
    });
  });

  it("is migrated once by another image of the identity server, and nobody is signed out", async () => {
    backupKey = await newBackupKey();
    await withBrowsers([], async (fresh) => {
      const alice = fresh();
      await enter(alice, people.admitted);
      const before = await migrations();
      const settings = { ...(await withOtherKratos()), ...withEncryption(backupKey.certificate) };
      const bumped = new DevStack(cluster, progress(), { settings });
      await bumped.run("up", "pulumi up, another image of Kratos, and encrypted backups");
      const after = await migrations();
      assert.deepEqual({ before: before.length, after: after.length }, { before: 1, after: 1 });
      assert.notEqual(after[0], before[0]);
      const image = await inNamespace([
        ...["get", "deployments", "--selector", IDENTITY_SERVER],
        "--output=jsonpath={.items[*].spec.template.spec.containers[?(@.name=='kratos')].image}",
      ]);
      assert.equal(image, kratosElsewhere);
      await eventually(async () => {
        assert.equal((await alice.ask(target.service)).status, 200);
      });

      const { changes } = await bumped.run("up", "pulumi up, a second time");
      assert.deepEqual(Object.keys(changes), ["same"]);
    });
  });

  it("is restored whole from an encrypted backup after a total loss, only with the key", async () => {
    await withBrowsers([], async (fresh) => {
      const alice = fresh();
      await enter(alice, people.admitted);
      const id = await identity(alice);
      const backup = await backUp("backup-before");
      assert.match(backup, /\.dump\.cms$/);
      const dump = await printed(
        "read-encrypted",
        `pg_restore --list ${backup} || grep -c ${people.admitted} ${backup} || :`,
      );
      assert.match(dump, /input file does not appear to be a valid archive\s+0\s*$/);
      await loseEverything();
      await eventually(async () => {
        assert.notEqual((await alice.ask(target.service)).status, 200);
      });

      await restore("restore-without-key", backup);
      await eventually(async () => {
        const log = await inNamespace(["logs", "job/restore-without-key"]);
        assert.match(log, /is encrypted, and there is no \/key\/key\.pem/);
      });
      await inNamespace(["delete", "job", "restore-without-key"]);
      await inNamespace(
        ["create", "--filename=-"],
        JSON.stringify({
          apiVersion: "v1",
          kind: "Secret",
          metadata: { name: RESTORE_KEY },
          stringData: { "key.pem": backupKey.key },
        }),
      );
      await restore("restore-it", backup);
      assert.match(await logOf("restore-it"), new RegExp(`^restored ${backup}$`, "m"));
      await restartIdentityServers();

      const anew = fresh();
      await enter(anew, people.admitted);
      assert.equal(await identity(anew), id);
    });
  });

  /** Retries while the ingress controller learns which pods of the identity server are new. */
  async function enter(browser: Browser, person: string): Promise<void> {
    await eventually(async () => {
      assert.equal((await signIn(browser, target.service, "stub", person)).status, 200);
    });
  }

  /** The identity that the identity server reports as signed in. */
  async function identity(browser: Browser): Promise<string> {
    const cookie = await browser.cookies.getCookieString(target.identityServer);
    const { body } = await withKratosUrl(cluster, target.namespace, (kratos) =>
      browser.ask(`${kratos}/sessions/whoami`, { accept: "application/json", headers: { cookie } }),
    );
    return (JSON.parse(body) as { identity: { id: string } }).identity.id;
  }

  /** Results from the database, one per statement. */
  async function sql(...statements: string[]): Promise<string[]> {
    const answers = await inNamespace(
      ["exec", "--stdin", `${postgres}-0`, "--", "psql", "-h", "/var/run/postgresql", "-U", "kratos", "-qtA"],
      statements.map((statement) => `${statement};\n`).join(""),
    );
    return answers.trimEnd().split("\n");
  }

  /** Makes a backup and returns its name. */
  async function backUp(job: string): Promise<string> {
    await create(job, `${postgres}-backup`);
    const [, backup] = /^wrote (\S+), /m.exec(await logOf(job)) ?? [];
    assert.ok(backup !== undefined);
    return backup;
  }

  /** The output of a shell command in the folder of the backups. */
  async function printed(job: string, command: string): Promise<string> {
    const made = JSON.parse(await create(job, `${postgres}-backup`, "--dry-run=client", "--output=json")) as {
      spec: { template: { spec: { containers: [{ command: string[] }] } } };
    };
    made.spec.template.spec.containers[0].command = ["sh", "-c", `cd /backups; { ${command}; } 2>&1`];
    await inNamespace(["create", "--filename=-"], JSON.stringify(made));
    return logOf(job);
  }

  /** Starts a restore of one backup, as docs/database.md describes. */
  async function restore(job: string, backup: string): Promise<void> {
    const template = await create(job, `${postgres}-restore`, "--dry-run=client", "--output=yaml");
    const named = await inNamespace(
      ["set", "env", "--local", "--filename=-", `BACKUP=${backup}`, "--output=yaml"],
      template,
    );
    await inNamespace(["create", "--filename=-"], named);
  }

  /** As after a broken disk: the next start creates an empty database. */
  async function loseEverything(): Promise<void> {
    await inNamespace(["exec", `${postgres}-0`, "--", "sh", "-c", 'rm -rf "$PGDATA"']);
    await inNamespace(["delete", "pod", `${postgres}-0`, "--grace-period=1"]);
    await inNamespace(["rollout", "status", `statefulset/${postgres}`, "--timeout=300s"]);
  }

  async function restartIdentityServers(): Promise<void> {
    const selector = `--selector=${IDENTITY_SERVER}`;
    await inNamespace(["rollout", "restart", "deployment", selector]);
    await inNamespace(["rollout", "status", "deployment", selector, "--timeout=180s"]);
  }

  /** The jobs that have prepared the database. */
  async function migrations(): Promise<string[]> {
    const names = await inNamespace(["get", "jobs", "--output=name"]);
    return names.split("\n").filter((name) => name.includes("-migrate-"));
  }

  /** The dev stack's database, with encrypted backups. */
  function withEncryption(encryptTo: string): Overlay {
    const backup = { storage: "1Gi", encryptTo };
    return {
      "portcullis:database": { value: { kind: "inCluster", storage: "1Gi", protect: false, backup } },
    };
  }

  async function withOtherKratos(): Promise<Overlay> {
    const { "portcullis:images": images } = await devStack.overlay();
    const { override = {} } = (images?.value ?? {}) as { override?: object };
    return { "portcullis:images": { value: { override: { ...override, kratos: kratosElsewhere } } } };
  }
});

/** Statements that write login flows which expired an hour ago, and an error and a mail of each kind. */
function expired(flows: number): string[] {
  const network = "(SELECT id FROM networks)";
  const mail = (status: number, age: string, subject: string) =>
    `(gen_random_uuid(), 1, ${status}, '', '${subject}', '${MARK}', now() - interval '${age}', now(), ${network})`;
  const error = (age: string, token: string) =>
    `(gen_random_uuid(), '[]', false, now() - interval '${age}', now(), '${token}', ${network})`;
  return [
    `INSERT INTO selfservice_login_flows
       (id, issued_at, expires_at, active_method, csrf_token, created_at, updated_at, ui, nid, internal_context, request_url)
       SELECT gen_random_uuid(), now() - interval '2 h', now() - interval '1 h', '', '${MARK}', now(), now(), '{}',
         ${network}, '{}', 'https://auth-server.example.com/' FROM generate_series(1, ${flows})`,
    `INSERT INTO selfservice_errors (id, errors, was_seen, created_at, updated_at, csrf_token, nid)
       VALUES ${error("2 h", `${MARK} old`)}, ${error("1 min", `${MARK} new`)}`,
    `INSERT INTO courier_messages
       (id, type, status, body, subject, recipient, created_at, updated_at, nid)
       VALUES ${mail(2, "8 days", "sent")}, ${mail(4, "8 days", "given up")}, ${mail(1, "8 days", "waiting")},
         ${mail(2, "1 day", "sent yesterday")}`,
  ];
}
