import { page } from "./page";

/** What the front answers by itself, by the status. No page has a word of what a visitor sent. */
export function frontPages(loginUiUrl: string) {
  const links = `<a href="${loginUiUrl}/">Start again</a>`;
  return {
    429: page({
      title: "Please wait a moment",
      text: "Too many sign-ins came from your network at once. Wait half a minute, then start again.",
      links,
    }),
    414: page({
      title: "This address is too long",
      text: "The page that you came from asks for more than a sign-in can remember. Open it again once you are signed in.",
      links,
    }),
    431: page({
      title: "Your browser sends too much",
      text: "Its cookies for this domain are larger than a sign-in takes. Delete them, then start again.",
      links,
    }),
    413: page({
      title: "This form is too large",
      text: "It holds more than a sign-in needs.",
      links,
    }),
  } as const;
}
