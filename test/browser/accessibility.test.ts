import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { TOTP } from "otpauth";
import { people } from "../../cli/verify/signIn";
import type { Person } from "./person";
import { setup, type Setup } from "./setup";

interface Violation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string }[];
}

/** What axe-core says against a page, in light and in dark colours. */
async function violations({ page }: Person): Promise<string[]> {
  const axe = await readFile(require.resolve("axe-core/axe.min.js"), "utf8");
  const found: string[] = [];
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await page.evaluate(axe);
    const report = await page.evaluate(() =>
      (globalThis as unknown as { axe: { run: () => Promise<{ violations: Violation[] }> } }).axe.run(),
    );
    found.push(
      ...report.violations.map(
        ({ id, help, nodes }) => `${colorScheme}: ${id}: ${help}: ${nodes[0]?.html ?? ""}`,
      ),
    );
  }
  return found;
}

describe("the login UI, judged by axe-core", () => {
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

  const assertAccessible = async () => {
    assert.deepEqual(await violations(person), []);
  };

  it("has nothing against the login page, a refusal and the page of who is not signed in", async () => {
    await person.open(`${on.target.loginUi}/login`);
    await assertAccessible();
    await person.authenticate(people.otherWorkspace);
    await assertAccessible();
    await person.open(`${on.target.loginUi}/welcome`);
    await assertAccessible();
  });

  it("has nothing against the start page, the settings, a wrong code, and the second step", async () => {
    await person.signIn(`${on.vmagent}/targets`, people.alsoAdmitted);
    await person.open(`${on.target.loginUi}/welcome`);
    await assertAccessible();
    await person.open(`${on.target.loginUi}/settings`);
    await assertAccessible();
    const app = person.page.getByRole("form", { name: "Authenticator app" });
    const enter = async (code: string) => {
      await app.getByLabel("Verify code").fill(code);
      return person.follow(() => app.getByRole("button", { name: "Save" }).click());
    };
    await enter("000000");
    await assertAccessible();
    const secret = (await app.locator("#totp_secret_key").innerText()).trim();
    await enter(new TOTP({ secret }).generate());
    await person.press("Sign out");
    await assertAccessible();
    await person.signIn(`${on.vmagent}/targets`, people.alsoAdmitted);
    await assertAccessible();
  });
});
