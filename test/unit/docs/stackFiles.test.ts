import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv from "ajv";
import { parse } from "yaml";
import { checkout } from "../../../dev/checkout";
import { stackFileSchema } from "../../../stacks/fileSchema";
import { parseSettings } from "../../../stacks/settings/parse";
import { asEngine } from "../stacks/configuration";

/** The stacks' files on each page, by the names in their first lines. */
const pages = {
  "docs/clouds.md": ["Pulumi.gke.yaml", "Pulumi.eks.yaml", "Pulumi.aks.yaml"],
  "docs/adoption.md": ["Pulumi.beside.yaml", "Pulumi.protected.yaml"],
};

for (const [page, files] of Object.entries(pages))
  describe(page, () => {
    const blocks = [...readFileSync(join(checkout, page), "utf8").matchAll(/```yaml\n([\s\S]*?)```/g)]
      .map(([, text = ""]) => text)
      .filter((text) => /^config:$/m.test(text));

    it("has these stacks' files, and no other", () => {
      assert.deepEqual(
        blocks.map((text) => /^# (\S+)$/m.exec(text)?.[1]),
        files,
      );
    });

    for (const [at, file] of files.entries()) {
      const text = blocks[at] ?? "";
      const { config } = parse(text) as { config: Record<string, unknown> };

      it(`shows settings that editors accept: ${file}`, () => {
        const accepts = new Ajv({ strict: false }).compile(stackFileSchema("gateway"));
        assert.ok(accepts({ config }), JSON.stringify(accepts.errors));
      });

      it(`shows settings that the stack accepts, with the secrets that it tells to set: ${file}`, () => {
        const told = [...text.matchAll(/config set --secret portcullis:(\S+)/g)].map(([, key = ""]) => key);
        const settings = parseSettings({
          ...asEngine(config),
          ...Object.fromEntries(
            [...told, ...clientSecretsOf(config)].map((key) => [key, "s3cret-of-a-test"]),
          ),
        });
        assert.equal(settings.domain, "apps.example.com");
      });
    }
  });

describe("docs/controllers.md", () => {
  const page = readFileSync(join(checkout, "docs/controllers.md"), "utf8");
  const routes = [...page.matchAll(/\n## ([^\n]+)\n(?:(?!\n## )[^])*?```yaml\n(portcullis:[^]*?)```/g)];

  it("has a route for each controller of its table", () => {
    const listed = [...page.matchAll(/^\| \[[^\]]+\]\(#([\w-]+)\)/gm)].map(([, name]) => name);
    assert.ok(listed.length > 5);
    assert.deepEqual(
      routes.map(([, heading = ""]) => heading.toLowerCase().replaceAll(" ", "-")),
      listed,
    );
  });

  for (const [, heading = "", text = ""] of routes)
    it(`shows a route that editors and the stack accept: ${heading}`, () => {
      const config = { ...production, ...(parse(text) as object) };
      const accepts = new Ajv({ strict: false }).compile(stackFileSchema("gateway"));
      assert.ok(accepts({ config }), JSON.stringify(accepts.errors));
      parseSettings({ ...asEngine(config), "clientSecret.staff": "s3cret-of-a-test" });
    });
});

/** What the routes are tried with. */
const production = {
  "portcullis:domain": "apps.example.com",
  "portcullis:tls": { issuer: { kind: "ClusterIssuer", name: "letsencrypt" } },
  "portcullis:loginProviders": [
    {
      id: "staff",
      issuerUrl: "https://id.example.com",
      clientId: "portcullis",
      admit: { emailDomains: ["example.com"] },
    },
  ],
};

/** A login provider without a secret elsewhere has a key of its own, as docs/stack.md says. */
function clientSecretsOf(config: Readonly<Record<string, unknown>>): string[] {
  const providers = config["portcullis:loginProviders"] as { id: string; secretManager?: unknown }[];
  return providers.filter(({ secretManager }) => !secretManager).map(({ id }) => `clientSecret.${id}`);
}
