import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv from "ajv";
import { parse } from "yaml";
import type { GatewayPatches } from "../../../components";
import { checkout } from "../../../dev/checkout";
import { stackFileSchema } from "../../../stacks/fileSchema";
import { parseSettings } from "../../../stacks/settings/parse";
import { gateway } from "../components/programs";
import { run } from "../mocks";
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

    it("has the files of these stacks, and no others", () => {
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

      it(`shows settings that the stack accepts, with the secrets that the page sets: ${file}`, () => {
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

describe("docs/clusters.md", () => {
  const page = readFileSync(join(checkout, "docs/clusters.md"), "utf8");
  const blocks = [...page.matchAll(/```(\w*)\n([^]*?)```/g)].map(([, language = "", text = ""]) => {
    assert.equal(language, "yaml", text);
    return parse(text) as Readonly<Record<string, unknown>>;
  });
  const settings = blocks.filter((block) => Object.keys(block).every((key) => key.startsWith("portcullis:")));
  const [shown, ...others] = blocks.filter((block) => !settings.includes(block));

  it("has only settings and one other block of YAML", () => {
    assert.ok(settings.length > 1);
    assert.deepEqual(others, []);
  });

  for (const block of settings)
    it(`shows what editors and the stack accept: ${Object.keys(block).join(", ")}`, () => {
      const config = { ...production, ...block };
      const accepts = new Ajv({ strict: false }).compile(stackFileSchema("gateway"));
      assert.ok(accepts({ config }), JSON.stringify(accepts.errors));
      parseSettings({ ...asEngine(config), "clientSecret.staff": "s3cret-of-a-test" });
    });

  it("shows the security context that each pod keeps where OpenShift decides the user", async () => {
    const patches = settings.flatMap((block) => block["portcullis:patches"] ?? [])[0] as GatewayPatches;
    const { made } = await run(() => gateway({ patches, leavers: {} }));
    const workloads = [":Deployment", ":StatefulSet", ":Job", ":CronJob"].flatMap((kind) =>
      made.ofType(kind),
    );
    assert.ok(workloads.length > 5);
    for (const { name, inputs } of workloads) {
      const { template, jobTemplate } = inputs["spec"] as Workload;
      const pod = (template ?? jobTemplate?.spec.template)?.spec;
      assert.deepEqual({ securityContext: pod?.securityContext }, shown, name);
    }
  });
});

interface PodTemplate {
  readonly spec: { readonly securityContext: unknown };
}
interface Workload {
  readonly template?: PodTemplate;
  readonly jobTemplate?: { readonly spec: { readonly template: PodTemplate } };
}

/** The settings that the pages' settings are tested with. */
const production = {
  "portcullis:domain": "apps.example.com",
  "portcullis:route": {
    className: "traefik",
    from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "traefik" } } }],
  },
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

/** A login provider without a secret elsewhere has its own key, as docs/stack.md says. */
function clientSecretsOf(config: Readonly<Record<string, unknown>>): string[] {
  const providers = config["portcullis:loginProviders"] as { id: string; secretManager?: unknown }[];
  return providers.filter(({ secretManager }) => !secretManager).map(({ id }) => `clientSecret.${id}`);
}
