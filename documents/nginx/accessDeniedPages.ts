import { page } from "./page";

/** The pages of the access-denied endpoint, without a word of what a visitor sent. Links are relative to the login UI's host. */
export const accessDeniedPages = {
  refused: page({
    title: "This service is not open to you",
    text: "You are signed in, but not one of the people this service is for. Whoever runs it can let you in.",
    links: `<a href="/">Your account, and signing out</a>`,
  }),
  unavailable: page({
    title: "Please wait a moment",
    text: "The identity server does not answer, so nobody can be let in. This page tries again by itself.",
    links: `<a href="">Try again now</a>`,
    reload: true,
  }),
} as const;

export type AccessDeniedPage = keyof typeof accessDeniedPages;
