import assert from "node:assert/strict";
import { people } from "../../cli/verify/signIn";
import { anotherAccountPath } from "../../documents/nginx/accessDenied";
import type { Person } from "./person";
import { assertAtLogin, setup, type Setup } from "./setup";

describe("a service that is for some people only", () => {
  let on: Setup;
  let person: Person;

  before(async () => {
    on = await setup();
    await on.settle({ onlyFor: [`${people.alsoAdmitted}@example.com`] });
  });
  after(() => on.settle());
  beforeEach(async () => {
    person = await on.chromium.person();
  });
  afterEach(() => person.leave());

  it("opens to them like any other service", async () => {
    const page = `${on.echo}/report?month=11`;
    const { url, status } = await person.signIn(page, people.alsoAdmitted);
    assert.deepEqual({ url, status }, { url: page, status: 200 });
  });

  it("is on the start page of those people only, beside the services for everybody", async () => {
    const listed = async (who: Person) => {
      await who.open(`${on.target.loginUi}/welcome`);
      return who.page.getByRole("list", { name: "Services" }).getByRole("link").allInnerTexts();
    };
    await person.signIn(`${on.vmagent}/targets`, people.alsoAdmitted);
    assert.deepEqual(await listed(person), ["Echo", new URL(on.vmagent).host]);
    await person.photograph("start-page");
    assert.equal((await person.press("Echo")).url, `${on.echo}/`);

    const other = await on.chromium.person();
    try {
      await other.signIn(`${on.vmagent}/targets`, people.admitted);
      assert.deepEqual(await listed(other), [new URL(on.vmagent).host]);
    } finally {
      await other.leave();
    }
  });

  it("names the account and the service to everybody else, and offers another sign-in without a loop", async () => {
    await person.signIn(`${on.vmagent}/targets`, people.admitted);
    const before = person.answers.length;
    const page = `${on.echo}/report?month=11`;
    const { url, status, text } = await person.open(page);
    assert.deepEqual({ url, status }, { url: page, status: 403 });
    assert.match(text, /This service is not open to you/);
    assert.ok(text.includes(`${people.admitted}@example.com`) && text.includes(new URL(page).host), text);
    assert.ok(!text.includes(people.alsoAdmitted), "it says who may use the service");
    assert.equal(person.answers.length - before, 1, "nothing but the page");
    await person.photograph("not-open-to-you");

    const account = await person.press(/Your account/);
    assert.match(account.text, /Sign out/);
    assert.equal((await person.open(`${on.vmagent}/targets`)).status, 200);

    await person.open(page);
    assertAtLogin(await person.press("Use another account"));
    const other = await person.authenticate(people.alsoAdmitted);
    assert.deepEqual({ url: other.url, status: other.status }, { url: page, status: 200 });
  });

  it("keeps the session when the address for another account is typed in", async () => {
    await person.signIn(`${on.vmagent}/targets`, people.admitted);
    await person.open(`${on.target.loginUi}${anotherAccountPath}?return_to=${on.echo}`);
    assert.ok(await person.session(), "an address that was typed in");
    assert.equal((await person.open(`${on.vmagent}/targets`)).status, 200);
  });
});
