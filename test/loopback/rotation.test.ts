import assert from "node:assert/strict";
import { Browser } from "../../cli/verify/browser";
import { people } from "../../cli/verify/signIn";
import { Identity, loginUi, provider } from "./identity";

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

  /** Begins a sign-in up to the login provider's page, and returns what ends it. */
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

  it("lets a sign-in end that was begun before it, and by two of them", async () => {
    const [end, endLater] = [await begin(), await begin()];
    await identity.rotate(2);
    await end();
    await identity.rotate(3);
    await endLater();
  });

  it("lets servers of before read what those of after make: the session, and a sign-in that is begun", async () => {
    await identity.rotate(2);
    const browser = await (await begin())();
    const end = await begin();
    await identity.rotate(1);
    assert.ok(await isSignedIn(browser));
    await end();
  });

  it("signs out whose session is as many versions old as are no longer read", async () => {
    await identity.rotate(1);
    const browser = await (await begin())();
    await identity.rotate(3);
    assert.ok(await isSignedIn(browser));
    await identity.rotate(4);
    assert.ok(!(await isSignedIn(browser)));
  });
});
