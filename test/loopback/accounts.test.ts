import assert from "node:assert/strict";
import { forget, forgetAllOf, relink } from "../../cli/sessions/accounts";
import { AdminApi } from "../../cli/sessions/adminApi";
import type { Plan } from "../../cli/sessions/changes";
import { peopleOf, type Admissions } from "../../cli/sessions/person";
import { Failure } from "../../cli/shared/failure";
import { Browser } from "../../cli/verify/browser";
import { people } from "../../cli/verify/signIn";
import { adminUrl, Identity, issuerUrl, loginUi } from "./identity";

const [former, renamed, elsewhere] = ["former", "renamed", "elsewhere"] as const;
const admit = { emailDomains: ["example.com"] };
/** The stack's settings after `former` is renamed to `renamed`. */
const admissions: Admissions = {
  [renamed]: { admit, issuer: issuerUrl(0) },
  [elsewhere]: { admit, issuer: issuerUrl(2) },
};

describe("a login provider whose id was changed, at Kratos itself", () => {
  let identity: Identity;
  const browsers: Browser[] = [];
  const api = new AdminApi(adminUrl);

  before(async () => {
    identity = await Identity.start({
      providers: { [former]: {}, [renamed]: { spec: { issuerUrl: issuerUrl(0) } }, [elsewhere]: {} },
    });
    for (const person of [people.admitted, people.alsoAdmitted])
      assert.match(await signIn(person, former), /signed in as/);
  });
  after(async () => {
    for (const browser of browsers) await browser.close();
    await identity.stop();
  });

  /** What a new browser shows at the end of a sign-in. */
  const signIn = async (person: string, provider: string) => {
    const browser = new Browser();
    browsers.push(browser);
    const login = await browser.open(`${loginUi}/login`);
    const atIssuer = await browser.press(login, { button: { name: "provider", value: provider } });
    return (await browser.press(atIssuer, { fields: { login: person } })).body;
  };
  const everybody = async () => peopleOf(await api.identities(), await api.sessions(), admissions);
  const accounts = async () =>
    (await everybody()).map(({ name, providers }) => `${name} ${providers.join()}`);
  const idOf = async (email: string) => (await everybody()).find(({ name }) => name === email)?.id;
  const carryOut = async (plan: Plan) => {
    const chosen = plan.select(await everybody(), admissions);
    for (const person of chosen) for (const { apply } of plan.changesOf(person)) await apply(api, person);
    return chosen.length;
  };

  it("refuses everybody who has signed in before", async () => {
    assert.match(await signIn(people.admitted, renamed), /already used by another account/);
  });

  it("keeps the issuer of the first sign-in, so that no account is relinked to another issuer's provider", async () => {
    const moves = relink({ from: former, to: elsewhere }, []);
    await assert.rejects(carryOut(moves), (error) => {
      assert.ok(error instanceof Failure);
      return error.message.includes(`alice@example.com (${issuerUrl(0)})`);
    });
    assert.deepEqual(await accounts(), ["alice@example.com former", "bob@example.com former"]);
  });

  it("admits a relinked person again, with the same identity and session, and nobody else", async () => {
    const id = await idOf("alice@example.com");
    assert.equal(await carryOut(relink({ from: former, to: renamed }, ["alice@example.com"])), 1);
    assert.deepEqual(await accounts(), ["alice@example.com renamed", "bob@example.com former"]);
    assert.match((await browsers[0]?.open(`${loginUi}/welcome`))?.body ?? "", /signed in as alice/);
    assert.match(await signIn(people.admitted, renamed), /signed in as alice@example\.com/);
    assert.equal(await idOf("alice@example.com"), id);
    assert.doesNotMatch(await signIn(people.alsoAdmitted, renamed), /signed in as/);
  });

  it("relinks everybody who is left, then nobody, even after a run that stopped between two requests", async () => {
    const [bob] = (await everybody()).filter(({ name }) => name === "bob@example.com");
    await api.addAccount(bob?.id ?? "", { provider: renamed, subject: bob?.accounts[0]?.subject ?? "" });
    const moves = relink({ from: former, to: renamed }, []);
    assert.deepEqual([await carryOut(moves), await carryOut(moves)], [1, 0]);
    assert.match(await signIn(people.alsoAdmitted, renamed), /signed in as bob@example\.com/);
  });

  it("makes a new identity of a person who was forgotten, and ends their session", async () => {
    const id = await idOf("alice@example.com");
    assert.equal(await carryOut(forget(["alice@example.com"])), 1);
    assert.doesNotMatch((await browsers[0]?.open(`${loginUi}/welcome`))?.body ?? "", /signed in as/);
    assert.match(await signIn(people.admitted, renamed), /signed in as alice@example\.com/);
    assert.notEqual(await idOf("alice@example.com"), id);
  });

  it("forgets everybody of a provider except people who have another one too", async () => {
    assert.equal(await carryOut(forgetAllOf(elsewhere)), 0);
    const id = (await idOf("bob@example.com")) ?? "";
    await api.addAccount(id, { provider: elsewhere, subject: "7" });
    assert.equal(await carryOut(forgetAllOf(renamed)), 1);
    assert.deepEqual(await accounts(), [`bob@example.com ${elsewhere},${renamed}`]);
  });
});
