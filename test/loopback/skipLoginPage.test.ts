import assert from "node:assert/strict";
import { people } from "../../cli/verify/signIn";
import { Chromium } from "../browser/chromium";
import type { Person } from "../browser/person";
import { Identity, loginUi } from "./identity";

/** Long enough for a script of the page to continue. */
const GOES_ON_MS = 1500;

describe("the login page with one login provider, in Chromium", () => {
  let identity: Identity;
  let chromium: Chromium;
  let person: Person;

  before(async () => {
    identity = await Identity.start({ skipLoginPage: true });
    chromium = await Chromium.launch("portcullis.localhost");
  });
  after(async () => {
    await chromium.close();
    await identity.stop();
  });
  beforeEach(async () => {
    person = await chromium.person();
  });
  afterEach(() => person.leave());

  const goToLogin = () => person.page.goto(`${loginUi}/login`);
  const untilAtIssuer = () => person.page.getByLabel("User name").waitFor({ timeout: 60_000 });
  const assertStays = async () => {
    await person.page.waitForTimeout(GOES_ON_MS);
    assert.match((await person.shown()).text, /Sign in with Stub issuer/);
  };
  /** Makes the page believe that it redirected a person long ago. */
  const forgetJustSent = () => person.page.evaluate("sessionStorage.clear()");

  it("goes on by itself", async () => {
    await goToLogin();
    await untilAtIssuer();
    assert.match((await person.identify(people.admitted)).text, /signed in as alice@example\.com/);
  });

  it("stays after a sign-out, until its button is pressed", async () => {
    await goToLogin();
    await untilAtIssuer();
    await person.identify(people.admitted);
    assert.match((await person.press("Sign out")).text, /You are signed out/);
    await forgetJustSent();

    await goToLogin();
    await assertStays();
    await goToLogin();
    await assertStays();
    await person.press(/Stub issuer/);
    assert.match((await person.identify(people.admitted)).text, /signed in as alice/);
  });

  it('goes on by itself after "Sign in" is pressed on the signed-out page', async () => {
    await goToLogin();
    await untilAtIssuer();
    await person.identify(people.admitted);
    await person.press("Sign out");
    await forgetJustSent();
    await person.page.getByRole("link", { name: "Sign in" }).click();
    await untilAtIssuer();
  });

  it("stays after a refusal", async () => {
    await goToLogin();
    await untilAtIssuer();
    await person.identify(people.otherWorkspace);
    await forgetJustSent();
    await person.press("Try again");
    await assertStays();
  });

  it("stays just after it went on, so that nobody is sent in a loop", async () => {
    await goToLogin();
    await untilAtIssuer();
    await goToLogin();
    await assertStays();
  });
});
