import assert from "node:assert/strict";
import { eventually } from "../../cli/shared/eventually";
import { people } from "../../cli/verify/signIn";
import { fixtureService } from "../../dev/fixtures/manifests";
import { kubectl } from "../../dev/kubectl";
import { answers } from "../../documents/nginx/answers";
import { violations } from "./axe";
import type { Person } from "./person";
import { setup, type Setup } from "./setup";

describe("the page of a service that does not answer", () => {
  let on: Setup;
  let person: Person;

  before(async () => {
    on = await setup();
    person = await on.chromium.person();
  });
  after(async () => {
    await person.leave();
    await scale(1);
  });

  const scale = async (replicas: number) => {
    const { namespace, name } = fixtureService("echo");
    const of = [`deployment/${name}`, "--namespace", namespace];
    await kubectl(on.cluster, ["scale", ...of, `--replicas=${String(replicas)}`]);
    await kubectl(on.cluster, ["rollout", "status", ...of, "--timeout=300s"]);
  };

  it("stays without a reload or a policy violation, and leads on by itself once the service answers", async () => {
    const page = `${on.echo}/report?month=11`;
    assert.equal((await person.signIn(page, people.admitted)).status, 200);
    await scale(0);
    const { status } = answers["upstream-down"];
    await eventually(async () => {
      const shown = await person.open(page);
      assert.equal(shown.status, status, shown.text);
    });
    const before = person.answers.length;
    const asked = await person.page.waitForResponse((answer) => answer.request().method() === "HEAD");
    assert.equal(asked.status(), status);
    assert.deepEqual(await violations(person), []);
    assert.equal(person.answers.length, before, "it was loaded anew");

    const loaded = person.page.waitForEvent("load", { timeout: 120_000 });
    await scale(1);
    await loaded;
    const shown = await person.shown();
    assert.deepEqual({ url: shown.url, status: shown.status }, { url: page, status: 200 });
  });
});
