import type { Branding } from "../shared/branding";
import { answers } from "./answers";
import { page } from "./page";

/** The pages of the access-denied endpoint, without anything that a visitor sent. Links are relative to the login UI's host. */
export function accessDeniedPages(branding: Branding) {
  const { forbidden, unavailable } = { ...branding.texts };
  return {
    refused: page(
      {
        title: forbidden?.title ?? answers.forbidden.title,
        text: forbidden?.text ?? answers.forbidden.text,
        links: `<a href="/">Your account, and signing out</a>`,
      },
      branding,
    ),
    unavailable: page(
      {
        title: unavailable?.title ?? answers.unavailable.title,
        text: unavailable?.text ?? answers.unavailable.text,
        links: `<a href="">Try again now</a>`,
        triesAgain: true,
      },
      branding,
    ),
  } as const;
}

export type AccessDeniedPage = keyof ReturnType<typeof accessDeniedPages>;
