import { z } from "zod";
import { brandedPages, defaultPalettes, type Palette } from "../../../documents/shared/branding";

const color = (palette: Palette, name: keyof Palette, description: string) =>
  z.string().meta({ description, byDefault: palette[name] }).exactOptional();

const palette = (defaults: Palette) =>
  z.strictObject({
    background: color(defaults, "background", "Behind everything."),
    panel: color(defaults, "panel", "Behind the text."),
    text: color(defaults, "text", "Of the text."),
    link: color(defaults, "link", "Of links."),
  });

const words = z.strictObject({
  title: z.string().meta({ description: "The heading.", absent: "the gateway's own" }).exactOptional(),
  text: z
    .string()
    .meta({ description: "What it means, and what to do.", absent: "the gateway's own" })
    .exactOptional(),
});

/** How the gateway's own pages look, and what they say. */
export const branding = z.strictObject({
  name: z.string().meta({ description: "Name above each page's heading.", absent: "none" }).exactOptional(),
  logo: z
    .string()
    .meta({
      description:
        "Picture beside the name: a data: URI in base64 of at most 32 kB, or the https URL of a host of the domain that answers without a session.",
      absent: "none",
    })
    .exactOptional(),
  colors: z
    .strictObject({
      light: palette(defaultPalettes.light)
        .meta({ description: "Of a light page, each as #rrggbb." })
        .exactOptional(),
      dark: palette(defaultPalettes.dark)
        .meta({ description: "Of a dark page, each as #rrggbb." })
        .exactOptional(),
    })
    .meta({ description: "Colours, readable by their contrast.", absent: "grey, white and blue" })
    .exactOptional(),
  texts: z
    .partialRecord(z.enum(brandedPages), words)
    .meta({
      description: `Words of single pages, {title?, text?} each: ${brandedPages.join(", ")}.`,
      absent: "English",
    })
    .exactOptional(),
  help: z
    .strictObject({
      text: z.string().meta({ description: "Text of the link." }),
      url: z.string().meta({ description: "Where it leads, by https: or mailto:." }),
    })
    .meta({ description: "A link on every page to whoever helps.", absent: "none" })
    .exactOptional(),
});
