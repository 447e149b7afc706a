import assert from "node:assert/strict";
import { AdminApi } from "../../cli/sessions/adminApi";
import { restore } from "../../cli/sessions/changes";
import { peopleOf, type Admissions, type Person } from "../../cli/sessions/person";
import { eventually } from "../../cli/shared/eventually";
import { Browser } from "../../cli/verify/browser";
import { people } from "../../cli/verify/signIn";
import { identitySchemaId } from "../../documents/kratos/identitySchema";
import { adminUrl, Identity, loginUi, provider } from "./identity";
import { checkLeavers } from "./leaversCheck";

const everybody: Admissions = {
  [provider]: { admit: { emailDomains: ["example.com", "imported.example"] } },
};
const withoutAlice: Admissions = {
  [provider]: { admit: { emails: ["bob@example.com"], emailDomains: ["imported.example"] } },
};
/** Kratos' log line for a request that it has answered. */
interface KratosLine {
  readonly http_request: {
    readonly method: string;
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
  };
}

/** More than two pages. */
const IMPORTED = 600;

describe("the check for leavers, against Kratos itself", () => {
  let identity: Identity;
  let alice: Browser;
  let bob: Browser;
  const api = new AdminApi(adminUrl);

  before(async () => {
    identity = await Identity.start({});
    alice = new Browser();
    bob = new Browser();
    assert.match((await signIn(alice, people.admitted)).body, /signed in as alice@example\.com/);
    assert.match((await signIn(bob, people.alsoAdmitted)).body, /signed in as bob@example\.com/);
  });
  after(async () => {
    await alice.close();
    await bob.close();
    await identity.stop();
  });

  const signIn = async (who: Browser, person: string) => {
    const login = await who.open(`${loginUi}/login`);
    const atIssuer = await who.press(login, { button: { name: "provider", value: provider } });
    return who.press(atIssuer, { fields: { login: person } });
  };
  const isSignedIn = async (who: Browser) =>
    (await who.open(`${loginUi}/welcome`)).body.includes("signed in as");

  /** The check's requests and changes in order, from Kratos' own log. */
  const askedByLeavers = () =>
    identity
      .log()
      .split("\n")
      .filter((line) => line.includes('"completed handling request"'))
      .map((line) => (JSON.parse(line) as KratosLine).http_request)
      .filter(
        ({ headers }) =>
          headers["x-portcullis-actor"] === "leavers" && headers["x-portcullis-action"] === "deactivate",
      )
      .map(({ method, path }) => `${method} ${path}`);
  const changesByLeavers = () => askedByLeavers().filter((line) => !line.startsWith("GET "));
  const all = async (): Promise<Person[]> =>
    peopleOf(await api.identities(), await api.sessions(), everybody);

  it("leaves the people on the lists alone", async () => {
    const { code, lines } = await checkLeavers(everybody);
    assert.equal(code, 0);
    assert.deepEqual(
      lines.map(({ action, active, leavers }) => ({ action, active, leavers })),
      [{ action: "checked", active: 2, leavers: 0 }],
    );
    assert.equal(await isSignedIn(alice), true);
  });

  it("changes nothing where more have left than the limit allows", async () => {
    const { code } = await checkLeavers({}, 1);
    assert.equal(code, 1);
    assert.deepEqual([await isSignedIn(alice), await isSignedIn(bob)], [true, true]);
  });

  it("keeps a leaver out, in the open session and at the next sign-in, and nobody else", async () => {
    const { code, lines } = await checkLeavers(withoutAlice);
    assert.equal(code, 0);
    assert.deepEqual(
      lines.map(({ audit, action, email }) => ({ audit, action, email })),
      [
        { audit: "leavers", action: "deactivated", email: "alice@example.com" },
        { audit: "leavers", action: "checked", email: undefined },
      ],
    );
    assert.deepEqual([await isSignedIn(alice), await isSignedIn(bob)], [false, true]);
    assert.doesNotMatch((await signIn(alice, people.admitted)).body, /signed in as/);
    assert.equal(await isSignedIn(alice), false);
    const path = `/admin/identities/${String(lines[0]?.["identity"])}`;
    await eventually(() => {
      assert.deepEqual(changesByLeavers(), [`PATCH ${path}`, `DELETE ${path}/sessions`]);
      return Promise.resolve();
    });
  });

  it("changes nothing more the next time, even for a leaver who is on a list again", async () => {
    for (const admissions of [withoutAlice, everybody]) {
      const { code, lines } = await checkLeavers(admissions);
      assert.deepEqual([code, lines.map(({ action }) => action)], [0, ["checked"]]);
    }
    assert.doesNotMatch((await signIn(alice, people.admitted)).body, /signed in as/);
  });

  it("leaves a person in who is on a list again and was let in by `sessions restore`", async () => {
    const plan = restore(["alice@example.com"]);
    for (const person of plan.select(await all(), everybody))
      for (const { apply } of plan.changesOf(person)) await apply(api, person);
    assert.match((await signIn(alice, people.admitted)).body, /signed in as alice@example\.com/);
    await checkLeavers(everybody);
    assert.equal(await isSignedIn(alice), true);
  });

  it("reads all pages of many identities before it changes one", async () => {
    const imported = Array.from({ length: IMPORTED }, (_, index) => ({
      create: {
        schema_id: identitySchemaId,
        traits: { email: `p${index}@imported.example` },
        metadata_public: { email: `p${index}@imported.example` },
        credentials: { oidc: { config: { providers: [{ provider, subject: `imported-${index}` }] } } },
      },
    }));
    for (let from = 0; from < IMPORTED; from += 200) {
      const { ok, status } = await fetch(`${adminUrl}/admin/identities`, {
        method: "PATCH",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ identities: imported.slice(from, from + 200) }),
      });
      assert.ok(ok, String(status));
    }
    const withoutSome: Admissions = {
      [provider]: {
        admit: {
          emailDomains: ["example.com"],
          emails: imported.slice(0, IMPORTED - 2).map(({ create }) => create.traits.email),
        },
      },
    };
    const before = askedByLeavers().length;
    const { code, lines } = await checkLeavers(withoutSome);
    assert.equal(code, 0);
    await eventually(() => {
      const methods = askedByLeavers()
        .slice(before)
        .map((line) => line.split(" ")[0]);
      assert.deepEqual(methods, ["GET", "GET", "GET", ...["PATCH", "DELETE"], ...["PATCH", "DELETE"]]);
      return Promise.resolve();
    });
    assert.deepEqual(
      lines
        .filter(({ action }) => action === "deactivated")
        .map(({ email }) => email)
        .sort(),
      [`p${IMPORTED - 2}@imported.example`, `p${IMPORTED - 1}@imported.example`],
    );
    assert.equal(lines.at(-1)?.["active"], IMPORTED + 2);
  });
});
