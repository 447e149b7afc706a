import assert from "node:assert/strict";
import { AdminApi } from "../../cli/sessions/adminApi";
import { Browser } from "../../cli/verify/browser";
import { people } from "../../cli/verify/signIn";
import { adminUrl, Identity, loginUi, provider } from "./identity";
import { checkLeavers } from "./leaversCheck";

describe("a rotation of the generated secrets, at Kratos itself", () => {
  let identity: Identity;
  const browsers: Browser[] = [];

  before(async () => {
    identity = await Identity.start({});
  });
  after(async () => {
    for (const browser of browsers) await browser.close();
    await identity.stop();
  });

  /** Begins a sign-in up to the login provider's page, and returns a function that completes it. */
  const begin = async () => {
    const browser = new Browser();
    browsers.push(browser);
    const login = await browser.open(`${loginUi}/login`);
    const atIssuer = await browser.press(login, { button: { name: "provider", value: provider } });
    return async () => {
      const { body } = await browser.press(atIssuer, { fields: { login: people.admitted } });
      assert.match(body, /signed in as alice@example\.com/);
      return browser;
    };
  };
  const isSignedIn = async (browser: Browser) =>
    (await browser.open(`${loginUi}/welcome`)).body.includes("signed in as alice");

  it("lets a sign-in end that began before it, or before two of them", async () => {
    const [end, endLater] = [await begin(), await begin()];
    await identity.rotate(2);
    await end();
    await identity.rotate(3);
    await endLater();
  });

  it("lets servers from before it read a session and a begun sign-in from after it", async () => {
    await identity.rotate(2);
    const browser = await (await begin())();
    const end = await begin();
    await identity.rotate(1);
    assert.ok(await isSignedIn(browser));
    await end();
  });

  it("signs out a session that is older than the versions that are still read", async () => {
    await identity.rotate(1);
    const browser = await (await begin())();
    await identity.rotate(3);
    assert.ok(await isSignedIn(browser));
    await identity.rotate(4);
    assert.ok(!(await isSignedIn(browser)));
  });

  it("lets the check for leavers read people whose provider's tokens no version can decrypt any more", async () => {
    await identity.rotate(7);
    const { code, lines } = await checkLeavers({ [provider]: { admit: { emailDomains: ["example.com"] } } });
    assert.equal(code, 0, JSON.stringify(lines));
    const [alice] = await new AdminApi(adminUrl).identities();
    assert.deepEqual(alice?.credentials?.oidc?.identifiers, [`${provider}:alice`]);
  });
});
