import { createHash } from "node:crypto";

const style = `
:root { color-scheme: light dark; --ground: #f4f5f8; --panel: #fff; --text: #171717; --link: #3142c4; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #16171b; --panel: #22242a; --text: #ececf0; --link: #a9b4ff; }
}
body { margin: 0; background: var(--ground); color: var(--text); font-family: system-ui, sans-serif; line-height: 1.5; }
main { box-sizing: border-box; margin: 0 auto; max-width: 34rem; padding: 8vh 1rem 2rem; }
section { background: var(--panel); border-radius: 8px; box-shadow: 0 1px 4px #0002; display: grid; gap: 1rem; padding: 2rem; }
h1 { font-size: 1.5rem; margin: 0; }
p { margin: 0; }
nav { display: flex; flex-wrap: wrap; gap: 0.5rem 1.5rem; }
a { color: var(--link); }
`;

const styleHash = createHash("sha256").update(style).digest("base64");

/** Content-Security-Policy that lets the style of a {@link page} pass and nothing else. */
export const pageSecurityPolicy = `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

export interface PageContent {
  readonly title: string;
  readonly text: string;
  readonly links: string;
  /** Whether the page loads itself anew after a while. */
  readonly reload?: boolean;
}

/** A page of one panel that runs no script and loads nothing. */
export function page({ title, text, links, reload = false }: PageContent): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
${reload ? '<meta http-equiv="refresh" content="10">\n' : ""}<title>${title}</title>
<style>${style}</style>
</head>
<body>
<main>
<section>
<h1>${title}</h1>
<p>${text}</p>
<nav aria-label="Next steps">${links}</nav>
</section>
</main>
</body>
</html>
`;
}
