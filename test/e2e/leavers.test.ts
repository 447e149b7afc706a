import assert from "node:assert/strict";
import { withAdminUrl } from "../../cli/sessions/adminApi";
import { eventually } from "../../cli/shared/eventually";
import { progress } from "../../cli/shared/progress";
import { withBrowsers, type Browser } from "../../cli/verify/browser";
import { people, signIn } from "../../cli/verify/signIn";
import type { Target } from "../../cli/verify/target";
import type { DevCluster } from "../../dev/devCluster";
import { DevStack, echoService } from "../../dev/devStack";
import { kubectl } from "../../dev/kubectl";
import { Identities } from "../browser/identities";
import { testCluster } from "../cluster/run";
import { serviceUrl } from "../cluster/serviceUrl";

const JOBS = { leavers: "leavers-now", claims: "claims-now" } as const;
const GROUP = "pagers";

describe("the check for leavers, on a real cluster", () => {
  let cluster: DevCluster;
  let target: Target;
  /** Open to everyone who is signed in. */
  let open: string;
  /** Only for the group. */
  let echo: string;

  before(async () => {
    cluster = await testCluster();
    // Rarely: the test starts the check itself.
    const settings = {
      "portcullis:leavers": { value: { schedule: "0 0 1 1 *" } },
      "portcullis:groups": { value: { [GROUP]: { provider: "stub", claims: { groups: ["on-call"] } } } },
    };
    target = await new DevStack(cluster, progress(), { settings }).up({
      ...echoService,
      access: { groups: [GROUP] },
    });
    [open, echo] = [serviceUrl(target, "vmagent"), serviceUrl(target, "echo")];
    await new Identities(cluster, target.namespace).forgetAll();
  });

  after(async () => {
    await inNamespace("delete", "job", ...Object.values(JOBS), "--ignore-not-found");
    await new Identities(cluster, target.namespace).forgetAll();
  });

  const inNamespace = (...args: string[]) => kubectl(cluster, [...args, "--namespace", target.namespace]);

  it("forgets claims of former group rules, and the next sign-in reads them again", () =>
    withBrowsers([], async (fresh) => {
      const [alice, bob] = [fresh(), fresh()];
      await eventually(
        async () => {
          assert.equal((await signIn(alice, open, "stub", people.admitted)).status, 200);
        },
        { seconds: 60 },
      );
      assert.equal((await signIn(bob, open, "stub", people.alsoAdmitted)).status, 200);
      assert.deepEqual([await status(alice, echo), await status(bob, echo)], [200, 403]);

      await change(people.admitted, {
        op: "replace",
        path: "/metadata_admin/groupsVersion",
        value: "former",
      });
      const said = await check(JOBS.claims);
      assert.deepEqual(
        said.map(({ action, email, forgotten }) => ({ action, email, forgotten })),
        [
          { action: "forgotten", email: "alice@example.com", forgotten: undefined },
          { action: "checked", email: undefined, forgotten: 1 },
        ],
      );
      await signedOut(alice, echo);
      assert.equal((await signIn(alice, echo, "stub", people.admitted)).status, 200);
    }));

  it("ends the session of a person who is on no list any more, and no other session, through every NetworkPolicy", () =>
    withBrowsers([], async (fresh) => {
      const [alice, bob] = [fresh(), fresh()];
      assert.equal((await signIn(alice, open, "stub", people.admitted)).status, 200);
      assert.equal((await signIn(bob, open, "stub", people.alsoAdmitted)).status, 200);
      const elsewhere = {
        op: "replace",
        path: "/metadata_admin/workspaceDomain",
        value: "elsewhere.example",
      };
      await change(people.alsoAdmitted, elsewhere);
      const said = await check(JOBS.leavers);
      assert.deepEqual(
        said.map(({ action, email, leavers }) => ({ action, email, leavers })),
        [
          { action: "deactivated", email: "bob@example.com", leavers: undefined },
          { action: "checked", email: undefined, leavers: 1 },
        ],
      );
      await signedOut(bob, open);
      assert.equal(await status(alice, open), 200);
    }));

  const status = async (browser: Browser, url: string) =>
    (await browser.ask(url, { accept: "application/json" })).status;

  /** The proxy caches decisions for five seconds at most. */
  const signedOut = (browser: Browser, url: string) =>
    eventually(
      async () => {
        assert.equal(await status(browser, url), 401);
      },
      { seconds: 10 },
    );

  /** Runs the check now, and reads its output. */
  const check = async (job: string) => {
    const [cronJob = ""] = (await inNamespace("get", "cronjobs", "--output", "name"))
      .split("\n")
      .filter((name) => name.includes("-leavers-"));
    await inNamespace("create", "job", job, `--from=${cronJob}`);
    await inNamespace("wait", "--for=condition=Complete", `job/${job}`, "--timeout=180s");
    return (await inNamespace("logs", `job/${job}`))
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
  };

  /** Changes what Kratos stores about a person. */
  const change = (
    login: string,
    patch: { readonly op: string; readonly path: string; readonly value: string },
  ) =>
    withAdminUrl(cluster, target.namespace, async (api) => {
      const found = (await (await fetch(`${api}/admin/identities`)).json()) as readonly {
        readonly id: string;
        readonly metadata_public: { readonly email?: string } | null;
      }[];
      const one = found.find(({ metadata_public: known }) => known?.email === `${login}@example.com`);
      assert.ok(one, `nobody is ${login}`);
      const { status } = await fetch(`${api}/admin/identities/${one.id}`, {
        method: "PATCH",
        headers: { "content-type": "application/json" },
        body: JSON.stringify([patch]),
      });
      assert.equal(status, 200);
    });
});
