import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { valid } from "semver";
import { parse } from "yaml";
import { checkout } from "../../../dev/checkout";
import { publication } from "../../../package/address";
import { blockOf } from "../../blockOf";

const text = (name: string) => readFileSync(join(checkout, name), "utf8");

/** What Pulumi's registry requires of a package before it lists it. */
describe("the pages for Pulumi's registry", () => {
  const pages = ["docs/_index.md", "docs/installation-configuration.md"];

  it("begin with the front matter that the registry reads", () => {
    for (const page of pages) {
      const [, front = ""] = /^---\n([\s\S]*?)\n---\n/.exec(text(page)) ?? [];
      const { title, meta_desc: words, layout } = parse(front) as Readonly<Record<string, string>>;
      assert.match(title ?? "", /^Portcullis/);
      assert.ok((words ?? "").length > 40 && (words ?? "").length <= 160, page);
      assert.equal(layout, "package");
    }
  });

  it("have only links that work in the registry too", () => {
    for (const page of pages) {
      const prose = text(page).replace(/```.*?```/gs, "");
      for (const [, target = ""] of prose.matchAll(/\]\(([^)\s]+)\)/g))
        assert.match(target, /^https:\/\//, page);
      assert.doesNotMatch(prose, /<(img|a)\b/, page);
    }
  });

  it("have the documented program in each language", () => {
    for (const language of ["yaml", "python", "go", "csharp"])
      assert.equal(
        blockOf(language, text("docs/_index.md")),
        blockOf(language, text("docs/languages.md")),
        language,
      );
    assert.match(blockOf("ts", text("docs/_index.md")), /new AccessGateway/);
  });
});

describe("the package schema, for Pulumi's registry", () => {
  const schema = JSON.parse(text("package/schema.json")) as {
    readonly keywords: readonly string[];
    readonly version: string;
  } & Readonly<Record<string, unknown>>;

  it("has a name, a version, one category, and the kind of a component", () => {
    assert.equal(schema["name"], "portcullis");
    assert.ok(valid(schema.version));
    assert.deepEqual(
      schema.keywords.filter((one) => one.startsWith("category/")),
      ["category/infrastructure"],
    );
    assert.ok(schema.keywords.includes("kind/component"));
    for (const field of ["displayName", "description", "license"]) assert.ok(schema[field], field);
  });

  it("has its publisher and the plugin's address, as soon as there is an address", () => {
    const fields = Object.keys(publication({ owner: "acme", name: "access" }));
    assert.deepEqual(fields, ["publisher", "homepage", "repository", "pluginDownloadURL"]);
  });
});
