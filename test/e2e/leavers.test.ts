import assert from "node:assert/strict";
import { withAdminUrl } from "../../cli/sessions/adminApi";
import { eventually } from "../../cli/shared/eventually";
import { progress } from "../../cli/shared/progress";
import { withBrowsers } from "../../cli/verify/browser";
import { people, signIn } from "../../cli/verify/signIn";
import type { Target } from "../../cli/verify/target";
import type { DevCluster } from "../../dev/cluster";
import { DevStack } from "../../dev/devStack";
import { kubectl } from "../../dev/kubectl";
import { Identities } from "../browser/identities";
import { testCluster } from "../cluster/run";

const JOB = "leavers-now";

describe("the check for leavers, on a real cluster", () => {
  let cluster: DevCluster;
  let target: Target;

  before(async () => {
    cluster = await testCluster();
    // Seldom: the test says when.
    const settings = { "portcullis:leavers": { value: { schedule: "0 0 1 1 *" } } };
    target = await new DevStack(cluster, progress(), { settings }).up();
    await new Identities(cluster, target.namespace).forgetAll();
  });

  after(async () => {
    await inNamespace("delete", "job", JOB, "--ignore-not-found");
    await new Identities(cluster, target.namespace).forgetAll();
  });

  const inNamespace = (...args: string[]) => kubectl(cluster, [...args, "--namespace", target.namespace]);

  it("ends the session of who is on no list any more, and of nobody else, through every NetworkPolicy", () =>
    withBrowsers([], async (fresh) => {
      const [alice, bob] = [fresh(), fresh()];
      await eventually(
        async () => {
          assert.equal((await signIn(alice, target.service, "stub", people.admitted)).status, 200);
        },
        { seconds: 60 },
      );
      assert.equal((await signIn(bob, target.service, "stub", people.alsoAdmitted)).status, 200);
      await moveAway(`${people.alsoAdmitted}@example.com`);

      const [cronJob = ""] = (await inNamespace("get", "cronjobs", "--output", "name"))
        .split("\n")
        .filter((name) => name.includes("-leavers-"));
      await inNamespace("create", "job", JOB, `--from=${cronJob}`);
      await inNamespace("wait", "--for=condition=Complete", `job/${JOB}`, "--timeout=60s");
      const said = (await inNamespace("logs", `job/${JOB}`))
        .split("\n")
        .filter((line) => line.startsWith("{"))
        .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
      assert.deepEqual(
        said.map(({ action, email, leavers }) => ({ action, email, leavers })),
        [
          { action: "deactivated", email: "bob@example.com", leavers: undefined },
          { action: "checked", email: undefined, leavers: 1 },
        ],
      );
      const status = async (browser: typeof bob) =>
        (await browser.ask(target.service, { accept: "application/json" })).status;
      // What the proxy remembers is five seconds old at most.
      await eventually(
        async () => {
          assert.equal(await status(bob), 401);
        },
        { seconds: 10 },
      );
      assert.equal(await status(alice), 200);
    }));

  /** Somebody's account is now of a Workspace that nobody admits. */
  const moveAway = (email: string) =>
    withAdminUrl(cluster, target.namespace, async (api) => {
      const found = (await (await fetch(`${api}/admin/identities`)).json()) as readonly {
        readonly id: string;
        readonly metadata_public: { readonly email?: string } | null;
      }[];
      const one = found.find(({ metadata_public: known }) => known?.email === email);
      assert.ok(one, `nobody is ${email}`);
      const { status } = await fetch(`${api}/admin/identities/${one.id}`, {
        method: "PATCH",
        headers: { "content-type": "application/json" },
        body: JSON.stringify([
          { op: "replace", path: "/metadata_admin/workspaceDomain", value: "elsewhere.example" },
        ]),
      });
      assert.equal(status, 200);
    });
});
