import assert from "node:assert/strict";
import type { Browser } from "../../cli/verify/browser";
import { signIn } from "../../cli/verify/signIn";
import { eventually } from "../../cli/shared/eventually";

/** Signs a person in at the stub issuer, and again until the page is shown: a stack that has just changed may still refuse. */
export async function enter(browser: Browser, page: string, person: string): Promise<void> {
  await eventually(async () => {
    const { url, status, body } = await signIn(browser, page, "stub", person);
    assert.deepEqual({ url, status }, { url: new URL(page).href, status: 200 }, body);
  });
}
