import { createHash } from "node:crypto";
import { defaultPalettes, paletteOf, type Branding, type Palette } from "../shared/branding";

/** Escapes a text for HTML, in an element or in an attribute. The result is no instruction of server side includes either. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function variables(given: Partial<Palette> | undefined, defaults: Palette): string {
  return Object.entries(paletteOf(given, defaults))
    .map(([name, color]) => `--${name}: ${color};`)
    .join(" ");
}

function styleOf({ colors = {} }: Branding): string {
  return `
:root { color-scheme: light dark; ${variables(colors.light, defaultPalettes.light)} }
@media (prefers-color-scheme: dark) { :root { ${variables(colors.dark, defaultPalettes.dark)} } }
body { margin: 0; background: var(--background); color: var(--text); font-family: system-ui, sans-serif; line-height: 1.5; }
main { box-sizing: border-box; margin: 0 auto; max-width: 34rem; padding: 8vh 1rem 2rem; }
section { background: var(--panel); border-radius: 8px; box-shadow: 0 1px 4px #0002; display: grid; gap: 1rem; padding: 2rem; }
header { align-items: center; display: flex; gap: 0.75rem; }
header img { max-height: 2.5rem; max-width: 10rem; }
h1 { font-size: 1.5rem; margin: 0; }
p, dl, dd { margin: 0; overflow-wrap: anywhere; }
dl { display: grid; gap: 0 1rem; grid-template-columns: max-content 1fr; }
nav { display: flex; flex-wrap: wrap; gap: 0.5rem 1.5rem; }
a { color: var(--link); }
footer { font-size: 0.875rem; overflow-wrap: anywhere; }
`;
}

/**
 * Checks every 10 s, and reloads the page when the answer changes. Reloading every 10 s would take a slow reader, or a
 * listener, back to the start of the page. Nothing here sends a form again except if the address has a fragment, which only
 * reloading keeps.
 * @see https://www.w3.org/WAI/WCAG22/Techniques/failures/F41
 */
const tryAgain = `
const ask = async () => {
  const options = { method: "HEAD", redirect: "manual", cache: "no-store", signal: AbortSignal.timeout(10000) };
  const { status } = await fetch(location.href, options).catch(() => ({ status: 503 }));
  if (status === 502 || status === 503) setTimeout(ask, 10000);
  else if (location.href.includes("#")) location.reload();
  else location.replace(location.href);
};
setTimeout(ask, 10000);
`;

/**
 * Content-Security-Policy that allows only the style and the logo of a {@link page}.
 *
 * @param triesAgain whether to allow the script of pages that try again too
 */
export function pageSecurityPolicy(branding: Branding, triesAgain: boolean): string {
  const { logo } = branding;
  const pictures =
    logo === undefined ? "" : ` img-src ${logo.startsWith("data:") ? "data:" : new URL(logo).origin};`;
  const script = triesAgain ? ` script-src ${hashOf(tryAgain)}; connect-src 'self';` : "";
  return `default-src 'none'; style-src ${hashOf(styleOf(branding))};${script}${pictures} base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
}

function hashOf(inline: string): string {
  return `'sha256-${createHash("sha256").update(inline).digest("base64")}'`;
}

/** The content of a page, as text, except for `details` and `links`, which are HTML. */
export interface PageContent {
  readonly title: string;
  readonly text: string;
  readonly links: string;
  /** Terms and their values. */
  readonly details?: Readonly<Record<string, string>>;
  /** What to quote when asking for help. */
  readonly request?: string;
  /** Whether the page reloads itself when the answer changes. */
  readonly triesAgain?: boolean;
}

/** A page of one panel that loads nothing but the logo, and runs no script except the one that tries again. */
export function page(content: PageContent, branding: Branding): string {
  const { title, text, links, details = {}, request, triesAgain = false } = content;
  const { name, help } = branding;
  const terms = Object.entries(details).map(([term, value]) => `<dt>${term}</dt><dd>${value}</dd>`);
  const helpLink = help === undefined ? "" : `<a href="${escapeHtml(help.url)}">${escapeHtml(help.text)}</a>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escapeHtml(name === undefined ? title : `${title} · ${name}`)}</title>
<style>${styleOf(branding)}</style>
${triesAgain ? `<script>${tryAgain}</script>\n` : ""}</head>
<body>
<main>
<section>
${header(branding)}<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(text)}</p>
${terms.length === 0 ? "" : `<dl>${terms.join("")}</dl>\n`}<nav aria-label="Next steps">${links}${helpLink}</nav>
${request === undefined ? "" : `<footer>Request <code>${request}</code></footer>\n`}</section>
</main>
</body>
</html>
`;
}

function header({ name, logo }: Branding): string {
  if (name === undefined && logo === undefined) return "";
  const picture = logo === undefined ? "" : `<img src="${escapeHtml(logo)}" alt="">`;
  return `<header>${picture}${name === undefined ? "" : `<span>${escapeHtml(name)}</span>`}</header>\n`;
}
