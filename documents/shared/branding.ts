import type { Partly } from "./partly";
import { found, ofKnown, type Problem } from "./problem";

/** Colours of a page, each as `#rrggbb`. */
export interface Palette {
  /** Background of the page. */
  readonly background: string;
  /** Background of the text. */
  readonly panel: string;
  /** Colour of the text. */
  readonly text: string;
  /** Colour of links. */
  readonly link: string;
}

/** The texts of a page. */
export interface PageText {
  /** The heading, and the title of the browser's tab. */
  readonly title?: string;
  /** What the page means, and what to do. */
  readonly text?: string;
}

/** One of the pages whose texts can be changed. */
export type BrandedPage =
  "forbidden" | "unknownService" | "unavailable" | "upstreamDown" | "tooSlow" | "tooLarge";

/** All of them. */
export const brandedPages = [
  "forbidden",
  "unknownService",
  "unavailable",
  "upstreamDown",
  "tooSlow",
  "tooLarge",
] as const satisfies readonly BrandedPage[];

/** How the gateway's own pages look, and what they say. */
export interface Branding {
  /**
   * Name above each page's heading and in the browser's tab.
   * @default none
   */
  readonly name?: string;
  /**
   * Picture beside the name: a base64 `data:` URI of at most 32 kB, or an https URL on a host of the gateway's domain
   * that answers without a session.
   * @default none
   */
  readonly logo?: string;
  /**
   * Colours for browsers that ask for a light page, and for a dark one. Text must have a contrast of at least 4.5 to 1.
   * @default grey, white and blue
   * @see https://www.w3.org/TR/WCAG22/#contrast-minimum
   */
  readonly colors?: {
    /**
     * Colours in light mode.
     * @default the gateway's own
     */
    readonly light?: Partial<Palette>;
    /**
     * Colours in dark mode.
     * @default the gateway's own
     */
    readonly dark?: Partial<Palette>;
  };
  /**
   * Texts of individual pages, instead of the gateway's own.
   * @default English
   */
  readonly texts?: Readonly<Partial<Record<BrandedPage, PageText>>>;
  /**
   * A link on every page to a place where people get help.
   * @default none
   */
  readonly help?: {
    /** Text of the link. */
    readonly text: string;
    /** Target of the link: an `https:` or `mailto:` URL. */
    readonly url: string;
  };
}

/** The colours of a gateway that sets none. */
export const defaultPalettes = {
  light: { background: "#f4f5f8", panel: "#ffffff", text: "#171717", link: "#3142c4" },
  dark: { background: "#16171b", panel: "#22242a", text: "#ececf0", link: "#a9b4ff" },
} as const satisfies Record<"light" | "dark", Palette>;

/** Colours of errors; the first of each pair is for the default panel. */
const errorColors = { light: ["#a3141b", "#ffa3a3"], dark: ["#ffa3a3", "#a3141b"] } as const;

const maxName = 60;
const maxText = 400;
/** Every page includes it, and a ConfigMap holds a megabyte. */
const maxLogo = 32 * 1024;
const minContrast = 4.5;

/**
 * Checks a gateway's branding.
 * @param domain the gateway's, without a port, where it is known
 */
export function brandingProblems(
  path: string,
  branding: Partly<Branding>,
  domain: string | undefined,
): Problem[] {
  const { name, logo, colors = {}, texts = {}, help } = branding;
  return [
    ...textProblems(`${path}.name`, name, maxName),
    ...(logo === undefined ? [] : logoProblems(`${path}.logo`, logo, domain)),
    ...(["light", "dark"] as const).flatMap((scheme) =>
      paletteProblems(`${path}.colors.${scheme}`, colors[scheme] ?? {}, defaultPalettes[scheme]),
    ),
    ...brandedPages.flatMap((page) => [
      ...textProblems(`${path}.texts.${page}.title`, texts[page]?.title, maxName),
      ...textProblems(`${path}.texts.${page}.text`, texts[page]?.text, maxText),
    ]),
    ...(help === undefined
      ? []
      : [
          ...textProblems(`${path}.help.text`, help.text, maxName),
          ...ofKnown(help.url, (url) => linkProblems(`${path}.help.url`, url)),
        ]),
  ];
}

/** Checks a text of one line, if there is one. */
export function textProblems(path: string, text: string | undefined, max: number): Problem[] {
  if (text === undefined || (text.trim() !== "" && text.length <= max && !/\p{Cc}/u.test(text))) return [];
  return [
    {
      path,
      value: found(text),
      reason: "is empty, too long, or has line breaks or control characters",
      fix: `Write one line of at most ${max} characters.`,
    },
  ];
}

function logoProblems(path: string, logo: string, domain: string | undefined): Problem[] {
  const shown = found(logo.slice(0, 60));
  if (logo.startsWith("data:")) {
    if (!/^data:image\/(?:gif|jpeg|png|svg\+xml|webp);base64,[A-Za-z0-9+/]+={0,2}$/.test(logo))
      return [
        {
          path,
          value: shown,
          reason: "is not a picture in base64",
          fix: 'Write "data:image/svg+xml;base64,…", or gif, jpeg, png or webp.',
        },
      ];
    if (logo.length <= maxLogo) return [];
    const fix = `Take one of at most ${maxLogo} characters.`;
    return [{ path, value: `${logo.length} characters`, reason: "is too large to be in every page", fix }];
  }
  const url =
    URL.canParse(logo) && /^https:\/\/[A-Za-z0-9.:-]+\/[A-Za-z0-9._~/%-]*$/.test(logo)
      ? new URL(logo)
      : undefined;
  const isOwn = (known: string) => url?.hostname === known || url?.hostname.endsWith(`.${known}`) === true;
  if (url !== undefined && (domain === undefined || isOwn(domain))) return [];
  return [
    {
      path,
      value: shown,
      reason: "is neither a data: URI nor an https URL of a host of the gateway's domain",
      fix: "Write the picture as a data: URI: a page that loads from another site tells that site who is refused where.",
    },
  ];
}

function paletteProblems(path: string, given: Partly<Palette>, defaults: Palette): Problem[] {
  const wrong = Object.entries(given).flatMap(([name, color]) =>
    color === undefined || /^#[0-9a-fA-F]{6}$/.test(color)
      ? []
      : [
          {
            path: `${path}.${name}`,
            value: found(color),
            reason: "is not a colour",
            fix: 'Write six hexadecimal digits, for example "#3142c4".',
          },
        ],
  );
  if (wrong.length > 0) return wrong;
  const palette = paletteOf(given, defaults);
  return (["text", "link"] as const).flatMap((name) => {
    if (isReadable(palette[name], palette.panel)) return [];
    const ratio = contrast(palette[name], palette.panel);
    return [
      {
        path: `${path}.${name}`,
        value: `${palette[name]} on ${palette.panel}`,
        reason: `has a contrast of ${ratio.toFixed(1)} to 1, which many people cannot read`,
        fix: `Take colours with at least ${minContrast} to 1.`,
      },
    ];
  });
}

/** The given colours, with defaults for the rest. */
export function paletteOf(given: Partly<Palette> = {}, defaults: Palette): Palette {
  const { background, panel, text, link } = given;
  return {
    background: background ?? defaults.background,
    panel: panel ?? defaults.panel,
    text: text ?? defaults.text,
    link: link ?? defaults.link,
  };
}

/** A colour for errors that is readable on the panel: red, or else the colour of the text. */
export function errorColorOn({ panel, text }: Palette, scheme: keyof typeof errorColors): string {
  return errorColors[scheme].find((color) => isReadable(color, panel)) ?? text;
}

function isReadable(color: string, behind: string): boolean {
  return contrast(color, behind) >= minContrast;
}

/** @see https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = parseInt(color.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function linkProblems(path: string, url: string): Problem[] {
  if (/^(?:https:\/\/|mailto:)[\x21-\x7e]+$/.test(url) && URL.canParse(url)) return [];
  return [
    {
      path,
      value: found(url),
      reason: "is not a link that a page may have",
      fix: 'Write an address that begins with "https://" or "mailto:".',
    },
  ];
}
