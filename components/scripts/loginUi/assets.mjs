// @ts-check
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

/** @typedef {import("./answers.mjs").Answer} Answer */
/** @typedef {import("../../../documents/loginUi/settings.js").LoginUiSettings["branding"]} Branding */
/** @typedef {ReturnType<typeof createAssets>} Assets */

const style = fileAsset("style.css", "text/css");
const securityKeys = fileAsset("securityKeys.js", "text/javascript");
const signIn = fileAsset("signIn.js", "text/javascript");

/**
 * What pages load from this server: its own files, and the chosen colours.
 *
 * @param {Branding["palettes"]} palettes
 */
export function createAssets(palettes) {
  const styles = palettes ? [style, assetOf("colors.css", "text/css", colorsOf(palettes))] : [style];
  const served = [...styles, securityKeys, signIn];
  return {
    styles: styles.map(assetUrl),
    securityKeys: assetUrl(securityKeys),
    signIn: assetUrl(signIn),
    /** @param {string} path @param {string | undefined} query @returns {Answer | undefined} */
    answer(path, query) {
      const asset = served.find((one) => one.path === path);
      return asset && assetAnswer(asset, query);
    },
  };
}

/** @param {string} name @param {string} type */
function fileAsset(name, type) {
  return assetOf(name, type, readFileSync(new URL(name, import.meta.url), "utf8"));
}

/** @param {string} name @param {string} type @param {string} body */
function assetOf(name, type, body) {
  const version = createHash("sha256").update(body).digest("hex").slice(0, 12);
  return { path: `/assets/${name}`, query: `v=${version}`, type, body };
}

/** @param {ReturnType<typeof assetOf>} asset */
function assetUrl({ path, query }) {
  return `${path}?${query}`;
}

/**
 * Cached for a year at the address that this server's own pages use. While pods are replaced, a page of another version
 * may ask here; it must not cache this version's file as its own.
 *
 * @param {ReturnType<typeof assetOf>} asset @param {string | undefined} query @returns {Answer}
 */
function assetAnswer(asset, query) {
  const headers = {
    "content-type": `${asset.type}; charset=utf-8`,
    "cache-control": query === asset.query ? "public, max-age=31536000, immutable" : "no-store",
  };
  return { status: 200, headers, body: asset.body };
}

/**
 * Elsewhere quiet text has its own colour; here it has the text's, and what is outside of the panel has the panel's,
 * because texts and links were compared only with that.
 *
 * @param {NonNullable<Branding["palettes"]>} palettes
 */
function colorsOf({ light, dark }) {
  /** @param {typeof light} palette */
  const root = ({ background, panel, text, link, error }) =>
    `:root { --ground: ${background}; --panel: ${panel}; --text: ${text}; --quiet: ${text}; --line: ${text}; --primary: ${link}; --on-primary: ${panel}; --error: ${error}; }`;
  return `${root(light)}
@media (prefers-color-scheme: dark) { ${root(dark)} }
nav, footer { background: var(--panel); border-radius: 12px; margin-top: 1rem; padding: 1rem 2rem; }
`;
}
