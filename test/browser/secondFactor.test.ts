import assert from "node:assert/strict";
import { TOTP } from "otpauth";
import { Browser } from "../../cli/verify/browser";
import { people } from "../../cli/verify/signIn";
import { accessDeniedPath } from "../../documents/nginx/accessDenied";
import type { Person, Shown } from "./person";
import { setup, type Setup } from "./setup";

const user = people.alsoAdmitted;

/** More than any path through the access-denied endpoint has; a redirect loop ends only at the browser's own limit of 20. */
const MOST_REDIRECTS = 8;

describe("a second factor", () => {
  let on: Setup;
  let person: Person;
  let page: string;

  before(async () => {
    on = await setup();
    page = `${on.vmagent}/targets?show_only_unhealthy=false&search=a%20b`;
  });
  beforeEach(async () => {
    await on.identities.forget(user);
    person = await on.chromium.person();
  });
  afterEach(() => person.leave());

  const openSettings = (who: Person) => who.open(`${on.target.loginUi}/settings`);
  const assertArrived = ({ url, status }: Shown, at = page) => {
    assert.deepEqual({ url, status }, { url: at, status: 200 });
  };
  const assertAtSecondStep = ({ url, text }: Shown) => {
    assert.equal(new URL(url).origin + new URL(url).pathname, `${on.target.loginUi}/login`);
    assert.match(text, /second factor/i);
  };

  /** Another browser, in which the same person signs in at the login provider. */
  const elsewhere = async (use: (other: Person, shown: Shown) => Promise<void>): Promise<void> => {
    const other = await on.chromium.person();
    try {
      await use(other, await other.signIn(page, user));
    } finally {
      await other.leave();
    }
  };

  it("from an authenticator app is asked for at every later sign-in, on the way to the same page", async () => {
    await person.signIn(page, user);
    await openSettings(person);
    const app = await addApp(person);
    assertArrived(await person.open(page));

    await elsewhere(async (other, shown) => {
      assertAtSecondStep(shown);
      assertAtSecondStep(await enterCode(other, "000000"));
      assertArrived(await enterCode(other, app.generate()));
      assert.equal((await other.open(`${on.echo}/`)).status, 200);
    });
  });

  it("from a passkey is asked for at every later sign-in, on the way to the same page", async () => {
    await usePasskeys(person);
    await person.signIn(page, user);
    await openSettings(person);
    await person.page.getByLabel(/Name of the security key/).fill("laptop");
    const added = await person.press("Add security key");
    assert.match(added.text, /Remove security key "laptop"/);

    await person.press("Sign out");
    assertAtSecondStep(await person.signIn(page, user));
    assertArrived(await person.press("Sign in with hardware key"));
  });

  it("may be replaced by a recovery code, which works once", async () => {
    await person.signIn(page, user);
    await openSettings(person);
    await addApp(person);
    await openSettings(person);
    const { text } = await person.press("Generate new backup recovery codes");
    const [code = "none"] = text.match(/\b[a-z0-9]{8}\b(?=\s)/g)?.filter((word) => /\d/.test(word)) ?? [];
    await person.press("Confirm backup recovery codes");

    await elsewhere(async (other) => {
      assertArrived(await enterRecoveryCode(other, code));
    });
    await elsewhere(async (other) => {
      assertAtSecondStep(await enterRecoveryCode(other, code));
    });
  });

  it("that somebody skips is asked for again by every service, without a loop of redirects", async () => {
    await person.signIn(page, user);
    await openSettings(person);
    const app = await addApp(person);

    await elsewhere(async (other, shown) => {
      assertAtSecondStep(shown);
      for (const url of [page, `${on.echo}/`, `${on.target.loginUi}/settings`]) {
        const before = other.answers.length;
        assertAtSecondStep(await other.open(url));
        assert.ok(
          other.answers.length - before <= MOST_REDIRECTS,
          `${other.answers.length - before} answers`,
        );
      }
      assert.equal(await statusForScript(other, `${on.echo}/`), 401);
      assertAtSecondStep(await other.open(page));
      assertArrived(await enterCode(other, app.generate()));
    });
  });

  describe("that is required", () => {
    before(() => on.settle({ secondFactor: "required" }));
    after(() => on.settle());

    it("has to be set up before the first page opens, and is asked for from then on", async () => {
      const assertAtSettings = ({ url }: Shown) => {
        assert.equal(new URL(url).origin + new URL(url).pathname, `${on.target.loginUi}/settings`);
      };
      assertAtSettings(await person.signIn(page, user));
      assert.ok(person.answers.some((answer) => answer.url().includes(accessDeniedPath)));
      const before = person.answers.length;
      assertAtSettings(await person.open(`${on.echo}/report?month=11`));
      assert.ok(person.answers.length - before <= MOST_REDIRECTS);

      const app = await addApp(person);
      assertArrived(await person.shown(), `${on.echo}/report?month=11`);
      assertArrived(await person.open(page));

      await elsewhere(async (other, shown) => {
        assertAtSecondStep(shown);
        assertArrived(await enterCode(other, app.generate()));
      });
    });

    it("is demanded of scripts too, with a 403 instead of a page", async () => {
      await person.signIn(page, user);
      assert.equal(await statusForScript(person, `${on.echo}/`), 403);
    });
  });
});

/** Sets up an authenticator app on the settings page. */
async function addApp(person: Person): Promise<TOTP> {
  const card = person.page.getByRole("form", { name: "Authenticator app" });
  const secret = await card.locator("#totp_secret_key").innerText();
  const app = new TOTP({ secret: secret.trim() });
  await card.getByLabel("Verify code").fill(app.generate());
  await person.follow(() => card.getByRole("button", { name: "Save" }).click());
  return app;
}

/** The status that a program gets with a person's session. */
async function statusForScript(person: Person, url: string): Promise<number> {
  const session = await person.session();
  assert.ok(session);
  const script = new Browser();
  try {
    const headers = { cookie: `${session.name}=${session.value}` };
    return (await script.ask(url, { accept: "application/json", headers })).status;
  } finally {
    await script.close();
  }
}

async function enterCode(person: Person, code: string): Promise<Shown> {
  await person.page.getByLabel("Authentication code").fill(code);
  return person.press("Use Authenticator");
}

async function enterRecoveryCode(person: Person, code: string): Promise<Shown> {
  await person.page.getByLabel("Backup recovery code").fill(code);
  return person.press("Use backup recovery code");
}

/** Gives a browser its own passkey, like a laptop's, which confirms everything. */
async function usePasskeys({ page }: Person): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send("WebAuthn.enable");
  await session.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
}
