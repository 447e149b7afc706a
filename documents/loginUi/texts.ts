import { textProblems } from "../shared/branding";
import type { Partly } from "../shared/partly";
import { found, ofKnown, type Path, type Problem } from "../shared/problem";

/** Texts of the login UI's pages, besides Kratos' own messages. `{name}` is filled in. */
export const loginUiTexts = {
  language: "en",
  "login.title": "Sign in",
  "login.confirm": "Confirm that it is you",
  "login.secondFactor": "Confirm with your second factor",
  "registration.title": "Create an account",
  "recovery.title": "Recover your account",
  "verification.title": "Verify your address",
  "settings.title": "Account settings",
  "settings.totp": "Authenticator app",
  "settings.webauthn": "Security keys and passkeys",
  "settings.passkey": "Passkeys",
  "settings.recoveryCodes": "Recovery codes",
  "settings.profile": "Profile",
  "settings.none": "There is nothing to set here.",
  "settings.usedCode": "used",
  "welcome.title": "Welcome",
  "welcome.signedIn": "You are signed in as {user}.",
  "welcome.signedOut": "You are not signed in.",
  "welcome.nameless": "a user without an address",
  "services.title": "Services",
  "services.none": "There is no service that you may open.",
  "services.secondFactor": "Set up a second factor in your account settings: services require it.",
  "services.unknown": "The list of services is not available at the moment.",
  "signedOut.title": "You are signed out",
  "signedOut.text": "Your account at the login provider may still be signed in there.",
  "error.title": "Sign-in failed",
  "error.unknown": "The request could not be served.",
  "error.id": "Error {id}",
  "request.id": "Request {id}",
  "error.goneTitle": "Error not found",
  "error.gone": "This error is no longer stored. Try what you did once more.",
  "cookies.title": "Cookies are needed",
  "cookies.text": "Your browser sent no cookie of this sign-in. Allow cookies for this site, then try again.",
  "unavailable.title": "Sign-in is not available",
  "unavailable.text": "The identity server does not answer. Try again in a minute.",
  "notFound.title": "Not found",
  "notFound.text": "There is no such page.",
  "method.title": "Method not allowed",
  "method.text": "These pages are only read; their forms go to the identity server.",
  "link.account": "Account",
  "link.signIn": "Sign in",
  "link.signOut": "Sign out",
  "link.settings": "Account settings",
  "link.welcome": "Start page",
  "link.retry": "Try again",
  "title.error": "Error: {title}",
} as const;

/** The key of a text. */
export type LoginUiTextKey = keyof typeof loginUiTexts;

/**
 * Texts that replace the login UI's own by their keys, or a message of Kratos by its number. `{name}` stands for what is
 * filled in there.
 * @see https://www.ory.com/docs/kratos/concepts/ui-messages
 */
export type LoginUiTexts = Readonly<Partial<Record<LoginUiTextKey | `${number}`, string>>>;

const maxText = 400;

/** Checks custom texts. */
export function loginUiTextsProblems(path: Path, texts: Partly<LoginUiTexts>): Problem[] {
  return Object.entries(texts).flatMap(([key, text]) => [
    ...(key in loginUiTexts || /^[0-9]{7}$/.test(key) ? [] : [unknownKey(path(key))]),
    ...ofKnown(text, (known) => [
      ...textProblems(path(key), known, maxText),
      ...(key in loginUiTexts ? unfilled(path(key), known, loginUiTexts[key as LoginUiTextKey]) : []),
    ]),
  ]);
}

function unknownKey(path: string): Problem {
  return {
    path,
    value: "a text",
    reason: "is not under a key of the login UI, nor under the number of one of Kratos' messages",
    fix: `Use one of ${Object.keys(loginUiTexts).join(", ")}, or a number of seven digits.`,
  };
}

function unfilled(path: string, text: string, own: string): Problem[] {
  const names = (of: string) => [...of.matchAll(/\{\w+\}/g)].map(([name]) => name);
  const strange = names(text).filter((name) => !names(own).includes(name));
  if (strange.length === 0) return [];
  const there = names(own);
  return [
    {
      path,
      value: found(text),
      reason: `has ${strange.join(" and ")}, which nothing fills in there`,
      fix: there.length === 0 ? "Leave it out." : `Use only ${there.join(" and ")}.`,
    },
  ];
}
