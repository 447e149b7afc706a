import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { answerFiles, answers } from "../../../documents/nginx/answers";
import { accessDeniedPages } from "../../../documents/nginx/accessDeniedPages";
import { pageSecurityPolicy } from "../../../documents/nginx/page";
import {
  brandedPages,
  brandingProblems,
  defaultPalettes,
  errorColorOn,
  type Branding,
} from "../../../documents/shared/branding";

const filesOf = (branding: Branding) =>
  answerFiles({
    accountUrl: "https://auth.apps.example.com/",
    anotherAccountUrl: "https://auth.apps.example.com/portcullis/another-account",
    branding,
  });
/** The whole script of a page that tries again: no text of a branding contains a line break. */
const triesAgain = /<script>\n(?:.+\n)+<\/script>/;
const pixel = "data:image/png;base64,iVBORw0KGgo=";

describe("the branding of the gateway's pages", () => {
  const paths = (branding: Branding, domain = "apps.example.com") =>
    brandingProblems("branding", branding, domain).map(({ path }) => path);

  it("accepts a name, a logo, readable colours and texts", () => {
    assert.deepEqual(paths({}), []);
    const texts = Object.fromEntries(
      brandedPages.map((page) => [page, { title: "No", text: "Ask somebody." }]),
    );
    const help = { text: "IT", url: "mailto:it@example.com" };
    const colors = { light: { link: "#0a5c36" }, dark: defaultPalettes.dark };
    assert.deepEqual(paths({ name: "Example", logo: pixel, colors, texts, help }), []);
    assert.deepEqual(paths({ logo: "https://www.apps.example.com/logo.svg" }), []);
  });

  it("refuses unsafe logos, unreadable colours, and malformed texts and links", () => {
    for (const logo of [
      ...[
        "https://cdn.example.net/logo.svg",
        "http://www.apps.example.com/logo.svg",
        "https://xapps.example.com/l",
      ],
      ...["data:text/html;base64,AAAA", `${pixel}" onerror="x`, "javascript:alert(1)"],
      `data:image/png;base64,${"A".repeat(33_000)}`,
    ])
      assert.deepEqual(paths({ logo }), ["branding.logo"], logo.slice(0, 60));
    assert.deepEqual(paths({ colors: { light: { link: "#cccccc" } } }), ["branding.colors.light.link"]);
    assert.deepEqual(paths({ colors: { dark: { text: "red; } body { x" } } }), ["branding.colors.dark.text"]);
    assert.deepEqual(paths({ name: " " }), ["branding.name"]);
    assert.deepEqual(paths({ texts: { tooLarge: { text: "a\nb" } } }), ["branding.texts.tooLarge.text"]);
    assert.deepEqual(paths({ help: { text: "IT", url: "javascript:alert(1)" } }), ["branding.help.url"]);
  });

  it("is plain text on every page, and never markup, a script or an SSI command", () => {
    const text = fc.string({ minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(text, text, (name, words) => {
        const odd = `${name}<script><!--# echo var="http_cookie" -->"'&`;
        const texts = { forbidden: { title: odd, text: words }, unknownService: { title: words, text: odd } };
        const files = filesOf({ name: odd, help: { text: odd, url: `https://example.com/"><b>` }, texts });
        for (const [file, content] of Object.entries({
          ...files,
          ...accessDeniedPages({ name: odd, texts }),
        })) {
          const written = content.replace(triesAgain, "");
          assert.doesNotMatch(written, /<script|<b>|echo var="http_cookie"/, file);
          for (const [, variable] of content.matchAll(/<!--# echo var=["'](\w+)["']/g))
            assert.ok(
              ["x_request_id", "account", "http_host", "asked_address"].includes(variable ?? ""),
              variable,
            );
        }
      }),
      { numRuns: 50 },
    );
  });

  it("gives every answer a page and a JSON document, and lets pages load only the logo", () => {
    const names = Object.keys(answers).flatMap((name) => [`answer-${name}.html`, `answer-${name}.json`]);
    assert.deepEqual(Object.keys(filesOf({})), names);
    for (const page of Object.values(filesOf({}))) assert.doesNotMatch(page, /src=|url\(|@import/);
    assert.match(
      filesOf({ logo: pixel })["answer-forbidden.html"] ?? "",
      /<img src="data:image\/png;base64,[^"]*" alt="">/,
    );
    assert.doesNotMatch(pageSecurityPolicy({}, true), /img-src/);
    assert.match(pageSecurityPolicy({ logo: pixel }, true), / img-src data:;/);
    const ofHost = pageSecurityPolicy({ logo: "https://www.apps.example.com/logo.svg" }, false);
    assert.match(ofHost, / img-src https:\/\/www\.apps\.example\.com;/);
  });

  it("allows only the script of the pages that try again", () => {
    const pages = { ...filesOf({}), ...accessDeniedPages({}) };
    const scripts = Object.entries(pages).flatMap(([file, content]) =>
      [...content.matchAll(/<script>([^<]*)<\/script>/g)].map(([, text = ""]) => ({ file, text })),
    );
    assert.deepEqual(
      scripts.map(({ file }) => file),
      ["answer-upstream-down.html", "answer-unavailable.html", "unavailable"],
    );
    const hashes = scripts.map(({ text }) => createHash("sha256").update(text).digest("base64"));
    assert.equal(new Set(hashes).size, 1);
    const allowed = ` script-src 'sha256-${hashes[0] ?? ""}'; connect-src 'self';`;
    assert.ok(pageSecurityPolicy({}, true).includes(allowed), pageSecurityPolicy({}, true));
    assert.doesNotMatch(pageSecurityPolicy({}, false), /script-src|connect-src/);
  });

  it("picks an error colour that is readable on the panel", () => {
    const on = (panel: string, scheme: "light" | "dark") =>
      errorColorOn({ ...defaultPalettes[scheme], panel, text: "#000000" }, scheme);
    assert.deepEqual([on("#ffffff", "light"), on("#22242a", "dark")], ["#a3141b", "#ffa3a3"]);
    assert.deepEqual([on("#22242a", "light"), on("#ffffff", "dark")], ["#ffa3a3", "#a3141b"]);
    assert.equal(on("#808080", "light"), "#000000");
  });
});
