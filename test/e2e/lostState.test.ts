import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { withBrowsers } from "../../cli/verify/browser";
import { people, signIn } from "../../cli/verify/signIn";
import type { Target } from "../../cli/verify/target";
import { kubectl } from "../../dev/kubectl";
import type { DevCluster } from "../../dev/devCluster";
import { DevStack } from "../../dev/devStack";
import { stateBackend } from "../../dev/plugins/engine";
import { eventually } from "../../cli/shared/eventually";
import { progress } from "../../cli/shared/progress";
import { testCluster } from "../cluster/run";
import { database } from "../cluster/workloads";
import { sql } from "./inside";

/** In the pod of the database, as docs/production.md describes. */
const inDatabase = (command: string) => ["sh", "-c", `PGPASSWORD=$POSTGRES_PASSWORD ${command}`];
const ofPortcullis = ["--selector", "app.kubernetes.io/part-of=portcullis"];

describe("the dev stack after its state is lost", () => {
  let cluster: DevCluster;
  let devStack: DevStack;
  let target: Target;

  before(async () => {
    cluster = await testCluster();
    devStack = new DevStack(cluster, progress());
    target = await devStack.up();
  });

  it("is back after the documented steps, with the same identities as before", async () => {
    const before = await identitiesAfterSignIn();
    await rm(`${stateBackend(cluster)}/.pulumi/stacks/portcullis`, { recursive: true });

    const dump = await run(
      ...["exec", "-n", target.namespace, database.pod, "--"],
      ...inDatabase("pg_dump -h 127.0.0.1 -U kratos --format=custom kratos | base64"),
    );
    await run("delete", "rules.oathkeeper.ory.sh", "--all", "--all-namespaces");
    await run("delete", "namespace", target.namespace, "monitoring");
    await run("delete", "networkpolicies,ingresses", "--all-namespaces", ...ofPortcullis);
    await run("delete", "validatingadmissionpolicybindings,validatingadmissionpolicies", ...ofPortcullis);
    await run("delete", "clusterrolebindings,clusterroles", ...ofPortcullis);
    await run("delete", "clusterrole", "portcullis-only-one-gateway-per-cluster");
    await run("delete", "customresourcedefinition", "rules.oathkeeper.ory.sh");

    const { changes } = await devStack.run("up", "pulumi up, without the state");
    assert.deepEqual(Object.keys(changes), ["create"]);
    const restore = "pg_restore -h 127.0.0.1 -U kratos -d kratos --clean --no-owner --exit-on-error";
    await kubectl(
      cluster,
      [
        "exec",
        "-i",
        "-n",
        target.namespace,
        database.pod,
        "--",
        ...inDatabase(`sh -c 'base64 -d | ${restore}'`),
      ],
      dump,
    );
    const identityServers = ["--selector", "app.kubernetes.io/component=identity-server"];
    await run("rollout", "restart", "deployment", "-n", target.namespace, ...identityServers);
    await run("rollout", "status", "deployment", "-n", target.namespace, ...identityServers);

    assert.equal(await identitiesAfterSignIn(), before);
    const second = await devStack.run("up", "pulumi up, once more");
    assert.deepEqual(Object.keys(second.changes), ["same"]);
  });

  const run = (...args: readonly string[]) => kubectl(cluster, args);

  async function identitiesAfterSignIn(): Promise<string> {
    await withBrowsers([], (fresh) =>
      eventually(async () => {
        assert.equal((await signIn(fresh(), target.service, "stub", people.admitted)).status, 200);
      }),
    );
    return sql(cluster, target.namespace, "SELECT string_agg(id::text, ' ' ORDER BY id) FROM identities");
  }
});
