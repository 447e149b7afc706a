import { queryEscape } from "../rules/requiredClaims";
import type { Partly } from "../shared/partly";
import { found, ofKnown, type Path, type Problem } from "../shared/problem";

/** How a service is shown on the start page of those who may open it. */
export interface PortalEntry {
  /**
   * Its name there.
   * @default the service's host
   */
  readonly title?: string;
  /**
   * What it is for, in a sentence.
   * @default none
   */
  readonly description?: string;
  /**
   * An emoji, or one or two letters.
   * @default none
   */
  readonly icon?: string;
}

/** Most characters of each; they travel in the Rule. */
const limits = { title: 60, description: 200, icon: 8 } as const;
const fields = Object.keys(limits) as (keyof typeof limits)[];

/** The parameters of a Rule's question that {@link portalQuery} writes. */
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

/** The parameters of a Rule's question that say so, which decide nothing. */
export function portalQuery(portal: PortalEntry | "hidden" | undefined): string {
  if (portal === "hidden") return "&portal=hidden";
  return fields
    .flatMap((field) => {
      const text = portal?.[field];
      return text === undefined ? [] : [`&${field}=${queryEscape(text)}`];
    })
    .join("");
}
