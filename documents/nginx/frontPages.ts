import type { Branding } from "../shared/branding";
import { escapeHtml, page, type PageContent } from "./page";

/** What the front answers by itself, by the status. No page has a word of what a visitor sent. */
export function frontPages(loginUiUrl: string, branding: Branding) {
  const links = `<a href="${escapeHtml(loginUiUrl)}/">Start again</a>`;
  const panel = (content: Omit<PageContent, "links">) => page({ ...content, links }, branding);
  return {
    429: panel({
      title: "Please wait a moment",
      text: "Too many sign-ins came from your network at once. Wait half a minute, then start again.",
    }),
    414: panel({
      title: "This address is too long",
      text: "The page that you came from asks for more than a sign-in can remember. Open it again once you are signed in.",
    }),
    431: panel({
      title: "Your browser sends too much",
      text: "Its cookies for this domain are larger than a sign-in takes. Delete them, then start again.",
    }),
    413: panel({
      title: "This form is too large",
      text: "It holds more than a sign-in needs.",
    }),
  } as const;
}
