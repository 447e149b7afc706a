import assert from "node:assert/strict";
import { withBrowsers, type Browser } from "../../commands/verification/browser";
import { Rehearsal } from "../../commands/verification/rehearsal";
import { people, signIn } from "../../commands/verification/signIn";
import type { Target } from "../../commands/verification/target";
import { resolveImages } from "../../components/shared/images";
import { kubectl, type Cluster } from "../../local/cluster";
import { eventually } from "../../local/eventually";
import type { Overlay } from "../../local/plugins/stackRun";
import { progress } from "../../local/progress";
import { testCluster } from "../cluster/run";
import { withKratosUrl } from "./inside";

const postgres = "portcullis-postgres";
const IDENTITY_SERVER = "app.kubernetes.io/component=identity-server";
/** Another name of what a development cluster has: a new version as far as Kubernetes and the stack can tell. */
const kratosElsewhere = resolveImages("v1.3").references.kratos.replace(/^docker\.io/, "index.docker.io");

describe("the dev stack's database", () => {
  let cluster: Cluster;
  let rehearsal: Rehearsal;
  let target: Target;

  before(async () => {
    cluster = await testCluster();
    rehearsal = new Rehearsal(cluster, progress());
    target = await rehearsal.up();
  });

  const inNamespace = (args: readonly string[], input?: string) =>
    kubectl(cluster, ["--namespace", target.namespace, ...args], input);
  const create = async (job: string, cronJob: string, ...more: string[]) => {
    await inNamespace(["delete", "job", job, "--ignore-not-found"]);
    return inNamespace(["create", "job", job, `--from=cronjob/${postgres}-${cronJob}`, ...more]);
  };
  const logOf = async (job: string) => {
    await inNamespace(["wait", "--for=condition=complete", `job/${job}`, "--timeout=120s"]);
    return inNamespace(["logs", `job/${job}`]);
  };

  it("is migrated once by another image of the identity server, which signs nobody out", async () => {
    await withBrowsers([], async (fresh) => {
      const alice = fresh();
      await enter(alice, people.admitted);
      const before = await migrations();
      const bumped = new Rehearsal(cluster, progress(), { settings: await withOtherKratos() });
      await bumped.run("up", "pulumi up, another image of Kratos");
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

  it("is brought back whole by a backup when the server has lost all of it: who was signed in still is", async () => {
    await withBrowsers([], async (fresh) => {
      const alice = fresh();
      await enter(alice, people.admitted);
      const id = await identity(alice);

      await create("backup-before", "backup");
      const [, backup = ""] = /^wrote (\S+\.dump), /m.exec(await logOf("backup-before")) ?? [];
      await loseEverything();
      await eventually(async () => {
        assert.notEqual((await alice.ask(target.service)).status, 200);
      });

      const job = await create("restore-it", "restore", "--dry-run=client", "--output=yaml");
      const named = await inNamespace(
        ["set", "env", "--local", "--filename=-", `BACKUP=${backup}`, "--output=yaml"],
        job,
      );
      await inNamespace(["create", "--filename=-"], named);
      assert.match(await logOf("restore-it"), new RegExp(`^restored ${backup}$`, "m"));
      await restartIdentityServers();

      await eventually(async () => {
        assert.equal((await alice.ask(target.service)).status, 200);
      });
      assert.equal(await identity(alice), id);
    });
  });

  it("is brought back by the newest backup by default, which drops what has come since", async () => {
    await withBrowsers([], async (fresh) => {
      const [before, since] = [fresh(), fresh()];
      await enter(before, people.admitted);
      await create("backup-newest", "backup");
      await logOf("backup-newest");
      await enter(since, people.alsoAdmitted);

      await create("restore-newest", "restore");
      await logOf("restore-newest");
      await restartIdentityServers();
      await eventually(async () => {
        assert.equal((await before.ask(target.service)).status, 200);
        assert.notEqual((await since.ask(target.service)).status, 200);
      });
    });
  });

  /** Tried again while the ingress controller learns which pods of the identity server are new. */
  async function enter(browser: Browser, person: string): Promise<void> {
    await eventually(async () => {
      assert.equal((await signIn(browser, target.service, "stub", person)).status, 200);
    });
  }

  /** Who the identity server says is signed in. */
  async function identity(browser: Browser): Promise<string> {
    const cookie = await browser.cookies.getCookieString(target.identityServer);
    const { body } = await withKratosUrl(cluster, target.namespace, (kratos) =>
      browser.ask(`${kratos}/sessions/whoami`, { accept: "application/json", headers: { cookie } }),
    );
    return (JSON.parse(body) as { identity: { id: string } }).identity.id;
  }

  /** As after a broken disk: the next start makes an empty database. */
  async function loseEverything(): Promise<void> {
    await inNamespace(["exec", `${postgres}-0`, "--", "sh", "-c", 'rm -rf "$PGDATA"']);
    await inNamespace(["delete", "pod", `${postgres}-0`, "--grace-period=1"]);
    await inNamespace(["rollout", "status", `statefulset/${postgres}`, "--timeout=120s"]);
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

  async function withOtherKratos(): Promise<Overlay> {
    const { "portcullis:images": images } = await rehearsal.overlay();
    const { override = {} } = (images?.value ?? {}) as { override?: object };
    return { "portcullis:images": { value: { override: { ...override, kratos: kratosElsewhere } } } };
  }
});
