import assert from "node:assert/strict";
import { AdminApi } from "../../cli/sessions/adminApi";
import { peopleOf, type Admissions } from "../../cli/sessions/person";
import { eventually } from "../../cli/shared/eventually";
import { Browser } from "../../cli/verify/browser";
import { people } from "../../cli/verify/signIn";
import type { User } from "../../dev/fixtures/issuer/users";
import type { ClaimedGroups } from "../../documents/kratos/claimedGroups";
import { adminUrl, Identity, loginUi } from "./identity";
import { checkLeavers } from "./leaversCheck";

const groups: ClaimedGroups = {
  "on-call": { provider: "token", claims: { groups: ["sre", "on-call"] } },
  engineers: { provider: "token", claims: { groups: "engineers", email_verified: true } },
  both: { provider: "token", claims: { groups: "engineers", realm_access: { roles: ["admin"] } } },
  elsewhere: { provider: "userinfo", claims: { realm_access: { roles: ["admin"] } } },
};
const admit = { emailDomains: ["example.com"] };
const admissions: Admissions = { token: { admit }, userinfo: { admit } };

describe("groups by claims, against Kratos itself", () => {
  let identity: Identity;
  let browser: Browser;
  let told: (user: User) => Readonly<Record<string, unknown>>;
  const api = new AdminApi(adminUrl);

  before(async () => {
    const issuer = { groupClaims: (user: User) => told(user) };
    identity = await Identity.start({
      claimedGroups: groups,
      providers: {
        token: { issuer },
        userinfo: { issuer: { ...issuer, thinIdToken: true }, spec: { claimsSource: "userinfo" } },
      },
    });
  });
  after(() => identity.stop());
  beforeEach(() => (browser = new Browser()));
  afterEach(async () => {
    for (const { id } of await api.identities()) await api.deleteIdentity(id);
    await browser.close();
  });

  const signIn = async (provider: string) => {
    const login = await browser.open(`${loginUi}/login`);
    const atIssuer = await browser.press(login, { button: { name: "provider", value: provider } });
    const { body } = await browser.press(atIssuer, { fields: { login: people.admitted } });
    assert.match(body, /signed in as alice@example\.com/);
  };
  const isSignedIn = async () => (await browser.open(`${loginUi}/welcome`)).body.includes("signed in as");
  const persons = async () => peopleOf(await api.identities(), await api.sessions(), admissions);
  const groupsOfAlice = async () => (await persons()).map(({ claimedGroups }) => claimedGroups);
  const check = (of = groups, lifespan: "1h" | "1s" = "1h") =>
    checkLeavers(admissions, 20, { groups: of, lifespan });

  for (const [what, claims, expected] of [
    ["a list that has one of the texts", { groups: ["sales", "on-call"] }, ["on-call"]],
    ["a text that is one of them", { groups: "sre" }, ["on-call"]],
    [
      "all claims of a group, in objects too",
      { groups: ["engineers"], realm_access: { roles: ["admin"] } },
      ["engineers", "both"],
    ],
    ["parts of texts, another letter case", { groups: ["on-call-2", "on", "Engineers", "SRE"] }, []],
    ["something else than a text", { groups: [["sre"], { sre: true }, 1, null], realm_access: "roles" }, []],
    ["nothing", {}, []],
  ] as const)
    it(`are ${expected.join(" and ") || "none"} where the ID token has ${what}`, async () => {
      told = () => claims;
      await signIn("token");
      assert.deepEqual(await groupsOfAlice(), [expected]);
    });

  it("are those of the provider that was used, and may come from its userinfo", async () => {
    told = () => ({ groups: ["on-call", "engineers"], realm_access: { roles: ["admin"] } });
    await signIn("userinfo");
    assert.deepEqual(await groupsOfAlice(), [["elsewhere"]]);
  });

  it("are read again once they are old, not earlier: the session ends, and the next one has the new groups", async () => {
    told = () => ({ groups: ["on-call"] });
    await signIn("token");
    told = () => ({ groups: ["engineers"] });
    assert.deepEqual(
      (await check()).lines.map(({ action }) => action),
      ["checked"],
    );
    assert.equal(await isSignedIn(), true);
    assert.deepEqual(await groupsOfAlice(), [["on-call"]]);
    // Until the claims are a second old.
    await eventually(async () => {
      assert.deepEqual(
        (await check(groups, "1s")).lines.map(({ action, email }) => [action, email]),
        [
          ["forgotten", "alice@example.com"],
          ["checked", undefined],
        ],
      );
    });
    assert.equal(await isSignedIn(), false);
    await signIn("token");
    assert.deepEqual(await groupsOfAlice(), [["engineers"]]);
  });

  it("are read again where a group's definition has changed", async () => {
    told = () => ({ groups: ["on-call"] });
    await signIn("token");
    const changed = { ...groups, "on-call": { provider: "token", claims: { groups: "oncall" } } };
    assert.deepEqual(
      (await check(changed)).lines.map(({ action }) => action),
      ["forgotten", "checked"],
    );
    assert.equal(await isSignedIn(), false);
  });

  it("are not kept when the account moves to another provider", async () => {
    told = () => ({ groups: ["on-call"] });
    await signIn("token");
    const [{ id } = { id: "" }] = await persons();
    await api.addAccount(id, { provider: "userinfo", subject: "alice" });
    assert.deepEqual(await groupsOfAlice(), [[]]);
    assert.deepEqual(
      (await check()).lines.map(({ action }) => action),
      ["forgotten", "checked"],
    );
  });
});
