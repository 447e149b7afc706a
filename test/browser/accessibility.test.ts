import assert from "node:assert/strict";
import { TOTP } from "otpauth";
import { people } from "../../cli/verify/signIn";
import { loginUiTexts, type LoginUiTextKey } from "../../documents/loginUi/texts";
import { violations } from "./axe";
import type { Person } from "./person";
import { setup, type Setup } from "./setup";

describe("the login UI of a running gateway, judged by axe-core", () => {
  let on: Setup;
  let person: Person;

  before(async () => {
    on = await setup();
    await on.identities.forget(people.alsoAdmitted);
  });
  beforeEach(async () => {
    person = await on.chromium.person();
  });
  afterEach(() => person.leave());

  const assertAccessible = async (heading: LoginUiTextKey) => {
    assert.equal(await person.page.locator("h1").innerText(), loginUiTexts[heading]);
    assert.deepEqual(await violations(person), [], heading);
  };
  const assertPages = async (pages: Readonly<Record<string, LoginUiTextKey>>) => {
    for (const [path, heading] of Object.entries(pages)) {
      await person.open(on.target.loginUi + path);
      await assertAccessible(heading);
    }
  };

  it("has no violation on the pages for visitors without a session, and on a refusal", async () => {
    await assertPages({
      "/welcome": "welcome.title",
      "/signed-out": "signedOut.title",
      "/error?id=none": "error.goneTitle",
      "/nothing": "notFound.title",
      "/registration": "registration.title",
      "/login": "login.title",
    });
    await person.authenticate(people.otherWorkspace);
    await assertAccessible("error.title");
  });

  it("has no violation on the start page, the settings, a wrong code, recovery codes and the second step", async () => {
    await person.signIn(`${on.vmagent}/targets`, people.alsoAdmitted);
    await assertPages({
      "/welcome": "welcome.title",
      "/login?refresh=true": "login.confirm",
      "/settings": "settings.title",
    });
    const app = person.page.getByRole("form", { name: "Authenticator app" });
    const enter = async (code: string) => {
      await app.getByLabel("Verify code").fill(code);
      return person.follow(() => app.getByRole("button", { name: "Save" }).click());
    };
    await enter("000000");
    await assertAccessible("settings.title");
    const secret = (await app.locator("#totp_secret_key").innerText()).trim();
    await enter(new TOTP({ secret }).generate());
    await person.open(`${on.target.loginUi}/settings`);
    await person.press("Generate new backup recovery codes");
    await assertAccessible("settings.title");
    await person.press("Sign out");
    await assertAccessible("signedOut.title");
    await person.signIn(`${on.vmagent}/targets`, people.alsoAdmitted);
    await assertAccessible("login.secondFactor");
    await person.page.getByLabel("Authentication code").fill("000000");
    await person.press("Use Authenticator");
    await assertAccessible("login.secondFactor");
  });
});
