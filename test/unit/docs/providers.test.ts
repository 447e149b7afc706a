import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { checkout } from "../../../dev/checkout";
import { parseSettings } from "../../../stacks/settings/parse";
import { asEngine, devConfig } from "../stacks/configuration";

describe("docs/providers.md", () => {
  const page = readFileSync(join(checkout, "docs/providers.md"), "utf8");
  const recipes = [...page.matchAll(/^## (.+)$((?:(?!^## )[^])*?)```yaml\n([^]*?)```/gm)];

  it("has a recipe for each common provider", () => {
    const titles = recipes.map(([, title]) => title);
    for (const name of [
      "Okta",
      "Auth0",
      "Keycloak",
      "Authelia",
      "Zitadel",
      "Dex",
      "Entra ID",
      "GitHub",
      "Google",
    ])
      assert.ok(titles.includes(name), name);
  });

  for (const [, title = "", , text = ""] of recipes)
    it(`shows a login provider that a stack accepts: ${title}`, () => {
      const entry = parse(text) as { id: string };
      const { "clientSecret.stub": _, ...others } = devConfig();
      const { loginProviders } = parseSettings({
        ...others,
        ...asEngine({
          domain: "apps.example.com",
          tls: { secretName: "apps-tls" },
          insecureDevMode: false,
          loginProviders: [entry],
          services: {},
        }),
        [`clientSecret.${entry.id}`]: "s3cret-of-a-test",
      });
      assert.equal(loginProviders[0].id, entry.id);
    });

  it("says of each recipe whether it was tried", () => {
    for (const section of page.split(/^## /m).slice(1, 10))
      assert.match(section, /^(Tried: |Not tried)/m, section.split("\n")[0]);
  });
});
