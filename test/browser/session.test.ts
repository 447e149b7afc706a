import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { people } from "../../cli/verify/signIn";
import type { Person } from "./person";
import { assertAtLogin, SESSION_CHECK_SECONDS, setup, type Setup } from "./setup";

describe("a session", () => {
  let on: Setup;
  let person: Person;

  before(async () => {
    on = await setup();
  });
  beforeEach(async () => {
    person = await on.chromium.person();
  });
  afterEach(() => person.leave());

  /** Longer than a session that has ended is still trusted: nginx counts in whole seconds, each replica by itself. */
  const untilNoticed = () => sleep((SESSION_CHECK_SECONDS + 1) * 1000 + 500);

  it("ends for all services when its user signs out, and a kept cookie does not bring it back", async () => {
    await person.signIn(`${on.vmagent}/targets`, people.admitted);
    await person.open(`${on.echo}/`);
    const kept = await person.session();
    assert.ok(kept);

    await person.open(`${on.target.loginUi}/settings`);
    await person.photograph("settings");
    const { text } = await person.press("Sign out");
    assert.match(text, /You are signed out/);
    assert.equal(await person.session(), undefined);
    assertAtLogin(await person.open(`${on.vmagent}/targets`));
    assertAtLogin(await person.open(`${on.echo}/`));

    await untilNoticed();
    await person.page.context().addCookies([kept]);
    assertAtLogin(await person.open(`${on.vmagent}/targets`));
    assertAtLogin(await person.open(`${on.echo}/`));
  });

  it("that ends during work leads through the login back to the same page, and gives scripts a 401", async () => {
    const page = `${on.echo}/report?month=11&format=a%2Fb`;
    await person.signIn(page, people.admitted);
    await on.identities.revokeSessions(people.admitted);
    await untilNoticed();

    const ofScript = await person.page.evaluate(async () => (await fetch("/api/data")).status);
    assert.equal(ofScript, 401);
    assertAtLogin(await person.follow(() => person.page.reload()));
    const { url, status } = await person.authenticate(people.admitted);
    assert.deepEqual({ url, status }, { url: page, status: 200 });
  });

  describe("with a lifespan of a quarter of a minute", () => {
    const lifespan = 15;
    before(() => on.settle({ lifespan: `${lifespan}s` }));
    after(() => on.settle());

    it("is over after that, with a kept cookie too, and a new sign-in leads back to the page", async () => {
      const page = `${on.echo}/report?month=11`;
      const { url } = await person.signIn(page, people.admitted);
      assert.equal(url, page);
      const cookie = await person.session();
      assert.ok(cookie);
      const lasts = cookie.expires - Date.now() / 1000;
      assert.ok(lasts <= lifespan, `the cookie lasts ${String(lasts)} s`);
      await sleep(Math.max(0, lasts) * 1000);
      await untilNoticed();

      assertAtLogin(await person.open(page));
      await person.page.context().addCookies([{ ...cookie, expires: -1 }]);
      assertAtLogin(await person.open(page));
      assert.equal((await person.authenticate(people.admitted)).url, page);
    });
  });

  it("does not open with a changed cookie", async () => {
    await person.signIn(`${on.echo}/`, people.admitted);
    const cookie = await person.session();
    assert.ok(cookie);
    const middle = Math.floor(cookie.value.length / 2);
    const letter = cookie.value[middle] === "A" ? "B" : "A";
    const changed = cookie.value.slice(0, middle) + letter + cookie.value.slice(middle + 1);
    await person.page.context().addCookies([{ ...cookie, value: changed }]);
    assertAtLogin(await person.open(`${on.echo}/`));
    assert.equal((await person.authenticate(people.admitted)).url, `${on.echo}/`);
  });

  it("has a cookie for the whole domain that no script can read", async () => {
    await person.signIn(`${on.echo}/`, people.admitted);
    const { domain, httpOnly, sameSite, secure, path } = (await person.session()) ?? {};
    assert.deepEqual(
      { domain, httpOnly, sameSite, secure, path },
      { domain: ".portcullis.localhost", httpOnly: true, sameSite: "Lax", secure: true, path: "/" },
    );
  });
});
