import assert from "node:assert/strict";
import { people } from "../../cli/verify/signIn";
import { accessDeniedPath } from "../../documents/nginx/accessDenied";
import type { Person } from "./person";
import { setup, type Setup } from "./setup";

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

  it("opens to them as any other service", async () => {
    const page = `${on.echo}/report?month=11`;
    const { url, status } = await person.signIn(page, people.alsoAdmitted);
    assert.deepEqual({ url, status }, { url: page, status: 200 });
  });

  it("is on the start page of those people only, beside what is for everybody", async () => {
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

  it("tells everybody else that it is not theirs, with a way to their account and no way in a circle", async () => {
    await person.signIn(`${on.vmagent}/targets`, people.admitted);
    const before = person.answers.length;
    const { url, status, text } = await person.open(`${on.echo}/report?month=11`);
    assert.equal(status, 403);
    assert.ok(url.startsWith(on.target.loginUi + accessDeniedPath), url);
    assert.match(text, /This service is not open to you/);
    assert.doesNotMatch(text, /bob|example\.com/, "it says who may use the service");
    assert.equal(person.answers.length - before, 2, "a redirect to the page, and the page");
    await person.photograph("not-open-to-you");

    const account = await person.press(/Your account/);
    assert.match(account.text, /Sign out/);
    assert.equal((await person.open(`${on.vmagent}/targets`)).status, 200);
  });
});
