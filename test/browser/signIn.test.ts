import assert from "node:assert/strict";
import { people } from "../../commands/verification/signIn";
import type { Person } from "./person";
import { stage, type Stage } from "./stage";

describe("signing in", () => {
  let on: Stage;
  let person: Person;

  before(async () => {
    on = await stage();
  });
  beforeEach(async () => {
    person = await on.chromium.person();
  });
  afterEach(() => person.leave());

  it("leads back to exactly the page that was asked for", async () => {
    const page = `${on.vmagent}/targets?show_only_unhealthy=false&search=a%20b&search=%C3%A9`;
    const { url, status, text } = await person.signIn(page, people.admitted);
    assert.deepEqual({ url, status }, { url: page, status: 200 });
    assert.match(text, /vmagent/i);
  });
});
