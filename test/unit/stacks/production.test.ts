import assert from "node:assert/strict";
import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import Ajv from "ajv";
import { parse } from "yaml";
import { checkout } from "../../../dev/checkout";
import { policies } from "../../../policy/registry";
import { stackFileSchema } from "../../../stacks/fileSchema";
import { createGateway } from "../../../stacks/gateway";
import { parseSettings } from "../../../stacks/settings/parse";
import { run } from "../mocks";
import { asKnown, judge } from "../policy/harness";
import { asEngine, projectFile } from "./configuration";

const FILE = "Pulumi.production.example.yaml";
const { config } = projectFile(FILE).document as { config: Record<string, unknown> };
const secrets = {
  "clientSecret.google": `GOCSPX-${"aB3_".repeat(7)}`,
  databasePassword: "the database's password",
};
describe(FILE, () => {
  let production: Awaited<ReturnType<typeof build>>;

  before(async () => {
    production = await build({ ...asEngine(config), ...secrets });
  });

  it("is accepted by the JSON Schema for editors", () => {
    assert.ok(new Ajv({ strict: false }).compile(stackFileSchema("gateway"))({ config }));
  });

  it("makes a gateway with three replicas of each part, certificates of the issuer and no database of its own", () => {
    const { made, result } = production;
    const scaled = made
      .ofType(":Deployment")
      .filter(({ inputs }) => (inputs["spec"] as { replicas: number }).replicas === 3);
    assert.equal(scaled.length, 3);
    assert.deepEqual(made.ofType(":StatefulSet"), []);
    assert.equal(made.ofType(":ServiceMonitor").length, 1);
    const ingresses = made.ofType(":Ingress");
    assert.ok(ingresses.length >= 4);
    for (const { inputs } of ingresses) {
      const { annotations } = inputs["metadata"] as { annotations: Record<string, string> };
      assert.equal(annotations["cert-manager.io/cluster-issuer"], "letsencrypt");
    }
    assert.deepEqual(result.services, {
      grafana: "https://grafana.apps.example.com",
      prometheus: "https://prometheus.apps.example.com",
    });
  });

  it("makes the instance of Cloud SQL that its comment shows", async () => {
    const comment = /# (portcullis:database: .*)/.exec(projectFile(FILE).text)?.[1] ?? "";
    const { "portcullis:database": database } = parse(comment) as { "portcullis:database": unknown };
    const { databasePassword: _, ...others } = secrets;
    const { made } = await build({ ...asEngine({ ...config, "portcullis:database": database }), ...others });
    assert.equal(made.ofType(":DatabaseInstance").length, 1);
  });

  for (const policy of policies)
    it(`breaks no policy on a stack for production: ${policy.name}`, () => {
      const resources = production.made.all.map(asKnown);
      assert.deepEqual(judge(policy, resources, { stack: "production" }), { violations: [] });
    });
});

describe("docs/production.md", () => {
  let guide: string;

  before(async () => {
    guide = await readFile(join(checkout, "docs/production.md"), "utf8");
  });

  it("sets the secrets that the example needs, and no others", () => {
    const set = [...guide.matchAll(/config set --secret portcullis:(\S+)/g)].map(([, key]) => key);
    assert.deepEqual(set.sort(), Object.keys(secrets).sort());
  });

  it("names only settings of the example as those to change", () => {
    const named = [...guide.matchAll(/^\| `(\w+)` +\|/gm)].map(([, key]) => `portcullis:${key}`);
    assert.ok(named.length > 5);
    assert.deepEqual(
      named.filter((key) => !(key in config)),
      [],
    );
  });

  it("links to pages and headings that exist", async () => {
    for (const [, file = "", heading = ""] of guide.matchAll(/\]\((?!https:)([^)#]*)(?:#([^)]*))?\)/g)) {
      const path = join(checkout, "docs", file === "" ? "production.md" : file);
      await access(path);
      const headings = (await readFile(path, "utf8")).matchAll(/^#+ (.*)/gm);
      const anchors = [...headings].map(([, text = ""]) => anchorOf(text));
      if (heading !== "") assert.ok(anchors.includes(heading), `${file}#${heading}`);
    }
  });
});

/** The anchor that GitHub generates from a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\w -]/g, "")
    .replaceAll(" ", "-");
}

function build(settings: Readonly<Record<string, string>>) {
  return run(() => createGateway(parseSettings(settings)));
}
