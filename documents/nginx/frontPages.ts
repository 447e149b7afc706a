import type { Branding } from "../shared/branding";
import { escapeHtml, page, type PageContent } from "./page";
import { requestNameShown } from "./requestName";

/** A page with which the front answers in place of Kratos. */
export interface FrontPage {
  /** Statuses that have this body. */
  readonly statuses: readonly [number, ...number[]];
  readonly html: string;
}

/** All of them. None contains anything that a visitor sent, or that Kratos answered. */
export function frontPages(loginUiUrl: string, branding: Branding): readonly FrontPage[] {
  const links = `<a href="${escapeHtml(loginUiUrl)}/">Start again</a>`;
  const panel = (statuses: FrontPage["statuses"], content: Pick<PageContent, "title" | "text">) => ({
    statuses,
    html: page({ ...content, links, request: requestNameShown }, branding),
  });
  return [
    panel([429], {
      title: "Please wait a moment",
      text: "Too many sign-ins came from your network at once. Wait half a minute, then start again.",
    }),
    panel([414], {
      title: "This address is too long",
      text: "The address of the page that you came from contains more than a sign-in can remember. Open it again once you are signed in.",
    }),
    panel([431], {
      title: "Your browser sends too much",
      text: "Its cookies for this domain are larger than a sign-in accepts. Delete them, then start again.",
    }),
    panel([413], {
      title: "This form is too large",
      text: "It contains more than a sign-in needs.",
    }),
    panel([500, 502, 503, 504], {
      title: "Sign-in is not available",
      text: "The identity server has a problem. Wait a minute, then start again.",
    }),
  ];
}
