import assert from "node:assert/strict";
import { withBrowsers, type Answer } from "../../cli/verify/browser";
import { DevStack } from "../../dev/devStack";
import { people } from "../../cli/verify/signIn";
import type { Target } from "../../cli/verify/target";
import type { DevCluster } from "../../dev/devCluster";
import { eventually } from "../../cli/shared/eventually";
import { progress } from "../../cli/shared/progress";
import { effectiveSignInLimits } from "../../documents/kratos/signInLimits";
import { Identities } from "../browser/identities";
import { testCluster } from "../cluster/run";
import { Flows, type Factors } from "./flows";
import { sql } from "./inside";

/** Low, so that the client of all tests may soon sign in again. */
const starts = { perMinute: 600, burst: 20 };
const limits = effectiveSignInLimits({ starts });
assert.ok(limits !== "off");
const { secondStepsOfSession } = limits;

/** The requests of all tests come from one address, as those of an office do. */
describe("the limits of sign-ins", () => {
  let cluster: DevCluster;
  let target: Target;
  let flows: Flows;
  let factors: Factors;

  before(async () => {
    cluster = await testCluster();
    const devStack = new DevStack(cluster, progress(), {
      settings: {
        "portcullis:secondFactor": { value: "optional" },
        "portcullis:signInLimits": { value: { starts } },
      },
    });
    target = await devStack.up();
    flows = new Flows(target, "stub");
    await new Identities(cluster, target.namespace).forgetAll();
    // The ingress controller must learn which pods are new.
    await eventually(
      () =>
        withBrowsers([], async (fresh) => {
          assert.equal((await flows.enter(fresh(), people.alsoAdmitted)).status, 200);
        }),
      { seconds: 60 },
    );
    factors = await withBrowsers([], (fresh) => flows.withFactors(fresh(), people.admitted));
  });

  after(() => new Identities(cluster, target.namespace).forgetAll());

  const rows = async () =>
    Number(await sql(cluster, target.namespace, "select count(*) from selfservice_login_flows"));

  it("refuse a request larger than a sign-in needs, with a page that says so", () =>
    withBrowsers([], async (fresh) => {
      const before = await rows();
      const start = flows.url("/self-service/login/browser");
      const cookies = (length: number) => ({ headers: { cookie: `a=${"a".repeat(length)}` } });
      for (const [status, url, ask] of [
        [414, `${start}?return_to=${"a".repeat(8193)}`, {}],
        [414, `${start}?return_to=${"a".repeat(600_000)}`, {}],
        [431, start, cookies(140_000)],
        [
          413,
          flows.url("/self-service/login?flow=1"),
          { form: new URLSearchParams({ a: "a".repeat(70_000) }) },
        ],
      ] as const) {
        const answer = await fresh().ask(url, ask);
        assert.equal(answer.status, status, answer.body);
        assert.match(answer.body, /<h1>(?:This|Your) .* too .*<\/h1>/);
      }
      assert.equal(await rows(), before);
      const asked = `${start}?return_to=${encodeURIComponent(target.service)}`;
      const large = await fresh().ask(asked, cookies(120_000));
      assert.equal(large.status, 303, "cookies of other services do not stop a sign-in");
      assert.equal((await fresh().ask(asked)).status, 303, "others go on");
    }));

  it("let a session guess only a few codes, however its cookie is spelled", () =>
    withBrowsers([], async (fresh) => {
      const thief = fresh();
      await flows.enter(thief, people.admitted);
      const flow = await flows.begin(thief, "login", "?aal=aal2");
      const session = (await flows.sessionOf(thief)) ?? "";
      const cookies = await thief.cookies.getCookieString(target.identityServer);
      const named = (value: string) => ({ cookie: cookies.replace(session, value) });
      const spellings = [session, `"${session}"`].map(named);
      const began = Date.now();
      const answers = await inParallel(60, 4, (turn) =>
        flows.submit(
          fresh(),
          flow,
          { method: "totp", totp_code: String(turn).padStart(6, "0") },
          spellings[turn % spellings.length],
        ),
      );
      const reached = answers.filter(({ status }) => status !== 429);
      const most = target.replicas * allowedSince(began, secondStepsOfSession);
      assert.ok(reached.length <= most, `${reached.length} guesses reached Kratos`);
      assert.ok(reached.length >= secondStepsOfSession.burst, `${reached.length} guesses reached Kratos`);
      assert.ok(!(await flows.isIn(thief)));
    }));

  it("never stop a person who signs in with a second factor and out again", () =>
    withBrowsers([], async (fresh) => {
      for (let turn = 0; turn < 5; turn += 1) {
        const alice = fresh();
        await flows.enter(alice, people.admitted);
        const flow = await flows.begin(alice, "login", "?aal=aal2");
        const { status, body } = await flows.submit(alice, flow, {
          method: "totp",
          totp_code: factors.app.generate(),
        });
        assert.ok(status < 400, body);
        assert.ok(await flows.isIn(alice));
        await flows.leave(alice);
        assert.ok(!(await flows.isIn(alice)));
      }
    }));

  it("answer a flood of begun sign-ins with 429, which leaves no row", () =>
    withBrowsers([], async (fresh) => {
      const browser = fresh();
      const before = await rows();
      const began = Date.now();
      const answers = await inParallel(400, 20, () => browser.ask(flows.url("/self-service/login/browser")));
      const most = target.replicas * allowedSince(began, starts);
      const refused = answers.filter(({ status }) => status === 429);
      const begun = answers.filter(({ status }) => status === 303);
      assert.equal(refused.length + begun.length, answers.length);
      assert.ok(begun.length <= most, `${begun.length} begun`);
      assert.ok(begun.length >= starts.burst, `${begun.length} begun`);
      assert.equal((await rows()) - before, begun.length);
      for (const { body, headers } of refused) {
        assert.match(body, /Please wait a moment/);
        assert.ok(Number(headers["retry-after"]) > 0);
      }
    }));
});

/** How many requests of a client a pod lets through; one second is for its clock. */
function allowedSince(began: number, { burst, perMinute }: typeof starts): number {
  const seconds = (Date.now() - began) / 1000;
  return burst + 1 + (perMinute / 60) * (seconds + 1);
}

/** Sends this many requests, with a number of them in flight at a time. */
async function inParallel(
  count: number,
  atOnce: number,
  ask: (turn: number) => Promise<Answer>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  let next = 0;
  const worker = async () => {
    for (let turn = next++; turn < count; turn = next++) answers.push(await ask(turn));
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return answers;
}
