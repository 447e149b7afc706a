import { queryEscape } from "../rules/requiredClaims";
import type { Partly } from "../shared/partly";
import { found, ofKnown, type Path, type Problem } from "../shared/problem";

/** How a service is shown on the start page, to people who may open it. */
export interface PortalEntry {
  /**
   * Name of the service there.
   * @default the service's host
   */
  readonly title?: string;
  /**
   * What the service is for, in a sentence.
   * @default none
   */
  readonly description?: string;
  /**
   * An emoji, or one or two letters.
   * @default none
   */
  readonly icon?: string;
}

/** The maximum length of each, in characters: they are part of the Rule. */
const limits = { title: 60, description: 200, icon: 8 } as const;
const fields = Object.keys(limits) as (keyof typeof limits)[];

/** The query parameters in a Rule's authorization URL that {@link portalQuery} writes. */
export const portalWords: readonly string[] = [...fields, "portal"];

/** Checks how a service is shown. */
export function portalProblems(path: Path, portal: Partly<PortalEntry> | "hidden"): Problem[] {
  if (portal === "hidden") return [];
  return fields.flatMap((field) =>
    ofKnown(portal[field], (text) => {
      const length = Array.from(text).length;
      const reason =
        text.trim() === ""
          ? "is empty"
          : /\p{Cc}/u.test(text)
            ? "has a line break or another control character"
            : length > limits[field]
              ? `has ${length} characters, more than ${limits[field]}`
              : undefined;
      if (reason === undefined) return [];
      return [
        { path: path(field), value: found(text), reason, fix: "Shorten it to one line, or leave it out." },
      ];
    }),
  );
}

/** The query parameters that say so. They decide nothing. */
export function portalQuery(portal: PortalEntry | "hidden" | undefined): string {
  if (portal === "hidden") return "&portal=hidden";
  return fields
    .flatMap((field) => {
      const text = portal?.[field];
      return text === undefined ? [] : [`&${field}=${queryEscape(text)}`];
    })
    .join("");
}
