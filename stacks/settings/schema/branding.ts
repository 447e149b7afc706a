import { z } from "zod";
import { brandedPages, defaultPalettes, type Palette } from "../../../documents/shared/branding";

const color = (palette: Palette, name: keyof Palette, description: string) =>
  z.string().meta({ description, byDefault: palette[name] }).exactOptional();

const palette = (defaults: Palette) =>
  z.strictObject({
    background: color(defaults, "background", "Background of the page."),
    panel: color(defaults, "panel", "Background of the text."),
    text: color(defaults, "text", "Colour of the text."),
    link: color(defaults, "link", "Colour of links."),
  });

const words = z.strictObject({
  title: z.string().meta({ description: "The heading.", absent: "the gateway's own" }).exactOptional(),
  text: z
    .string()
    .meta({ description: "What the page means, and what to do.", absent: "the gateway's own" })
    .exactOptional(),
});

/** How the gateway's own pages look, and what they say. */
export const branding = z.strictObject({
  name: z.string().meta({ description: "Name above each page's heading.", absent: "none" }).exactOptional(),
  logo: z
    .string()
    .meta({
      description:
        "Picture beside the name: a base64 data: URI of at most 32 kB, or an https URL on a host of the domain that answers without a session.",
      absent: "none",
    })
    .exactOptional(),
  colors: z
    .strictObject({
      light: palette(defaultPalettes.light)
        .meta({ description: "Colours in light mode, each as #rrggbb." })
        .exactOptional(),
      dark: palette(defaultPalettes.dark)
        .meta({ description: "Colours in dark mode, each as #rrggbb." })
        .exactOptional(),
    })
    .meta({
      description: "Colours of the pages, with enough contrast to be readable.",
      absent: "grey, white and blue",
    })
    .exactOptional(),
  texts: z
    .partialRecord(z.enum(brandedPages), words)
    .meta({
      description: `Texts of individual pages, each {title?, text?}: ${brandedPages.join(", ")}.`,
      absent: "English",
    })
    .exactOptional(),
  help: z
    .strictObject({
      text: z.string().meta({ description: "Text of the link." }),
      url: z.string().meta({ description: "Target of the link: an https: or mailto: URL." }),
    })
    .meta({ description: "A link on every page to a place where people get help.", absent: "none" })
    .exactOptional(),
});
