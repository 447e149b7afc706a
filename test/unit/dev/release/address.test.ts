import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "../../../../dev/checkout";
import { renamed, withAddress } from "../../../../dev/release/address";
import { addressOf, goModuleOf, placeholder, publication } from "../../../../package/address";
import packageJson from "../../../../package.json";
import policyPackage from "../../../../policy/package.json";

const acme = { owner: "acme", name: "access" };

describe("the address of the repository", () => {
  it("is read in npm's forms, and in no others", () => {
    const form = "https://github.com/acme/access";
    for (const url of [form, `${form}.git`, `git+${form}.git`, `${form}/`])
      for (const repository of [url, { type: "git", url }])
        assert.deepEqual(addressOf(repository), acme, url);
    const others = [
      "https://example.com/acme/access",
      "git@github.com:acme/access",
      "acme/access",
      `${form}/tree/main`,
    ];
    for (const other of [...others, undefined, null, 1, {}, { url: 1 }])
      assert.equal(addressOf(other), undefined, JSON.stringify(other));
  });

  it("is written into a package.json with everything that npm shows of it, once", () => {
    const written = withAddress(
      JSON.stringify({ name: "x", version: "1.0.0", main: "a.js" }),
      acme,
      "policy",
    );
    const again = withAddress(written, acme, "policy");
    assert.equal(again, written);
    assert.deepEqual(JSON.parse(written), {
      name: "x",
      version: "1.0.0",
      repository: { type: "git", url: "git+https://github.com/acme/access.git", directory: "policy" },
      homepage: "https://github.com/acme/access#readme",
      bugs: "https://github.com/acme/access/issues",
      main: "a.js",
    });
    assert.deepEqual(addressOf((JSON.parse(written) as { repository: unknown }).repository), acme);
  });

  it("is the same in both packages, on every page and in every template", () => {
    const [of, policy] = [packageJson, policyPackage].map((manifest: object) =>
      addressOf("repository" in manifest ? manifest.repository : undefined),
    );
    assert.deepEqual(policy, of);
    const { owner, name } = of ?? placeholder;
    const pages = ["*.md", "docs/*.md", "template/**/*.yaml", "package/schema.json", "plugin/*"];
    const named = pages
      .flatMap((pattern) => globSync(pattern, { cwd: checkout }))
      .flatMap((file) => [
        ...readFileSync(join(checkout, file), "utf8").matchAll(/github\.com\/([\w.-]+\/portcullis)\b/g),
      ])
      .map(([, slug]) => slug);
    assert.ok(named.length > 3);
    assert.deepEqual([...new Set(named)], [`${owner}/${name}`]);
  });

  it("is renamed in the module path that Go imports", () => {
    const go = goModuleOf(placeholder);
    assert.equal(renamed(`import "${go}"`, placeholder, acme), `import "${goModuleOf(acme)}"`);
  });

  it("is in the schema's fields for the registry and the engine", () => {
    assert.deepEqual(publication(undefined), {});
    assert.deepEqual(publication(acme), {
      publisher: "acme",
      homepage: "https://github.com/acme/access",
      repository: "https://github.com/acme/access",
      pluginDownloadURL: "github://api.github.com/acme/access",
    });
  });
});
