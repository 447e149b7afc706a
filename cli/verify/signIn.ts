import type { Answer, Browser } from "./browser";

/** The people whom the stub issuer knows, and why each of them may or may not sign in. */
export const people = {
  admitted: "alice",
  alsoAdmitted: "bob",
  otherWorkspace: "mallory",
  noWorkspace: "carol",
  unverified: "dave",
} as const;

/**
 * Opens a protected page and signs in at the stub issuer, as a person without a session would.
 *
 * @returns the page where the browser ends: the one first requested, or the one that says why not
 */
export async function signIn(
  browser: Browser,
  page: string,
  provider: string,
  person: string,
): Promise<Answer> {
  const loginPage = await browser.open(page);
  let answer = await browser.press(loginPage, { button: { name: "provider", value: provider } });
  if (isIssuerPage(answer)) answer = await browser.press(answer, { fields: { login: person } });
  return answer;
}

function isIssuerPage({ url }: Answer): boolean {
  return new URL(url).hostname.startsWith("issuer.");
}
