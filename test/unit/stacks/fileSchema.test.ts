import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import Ajv from "ajv";
import { parse } from "yaml";
import { checkout } from "../../../dev/checkout";
import { writtenFiles } from "../../../dev/settingsSchema";
import { settingsSchemas, stackFileSchema, type JsonSchema } from "../../../stacks/fileSchema";
import { projectFile, projectText } from "./configuration";

const dev = projectFile("Pulumi.dev.yaml");

function verdict(config: object, kind: "gateway" | "services" = "gateway"): boolean {
  return new Ajv({ strict: false }).compile(stackFileSchema(kind))({ config });
}

describe("what is written from the settings' schema", () => {
  let written: ReadonlyMap<string, string>;

  before(async () => {
    written = await writtenFiles();
  });

  for (const file of [
    "Pulumi.schema.json",
    "stacks/team/Pulumi.schema.json",
    "Service.schema.json",
    "package/schema.json",
    "Pulumi.yaml",
    "stacks/team/Pulumi.yaml",
    "docs/stack.md",
  ])
    it(`is current: ${file} is what \`npm run settings:schema\` writes`, () => {
      assert.equal(projectText(file), written.get(file));
    });
});

describe("the settings' schema", () => {
  it("describes every setting at any depth", () => {
    for (const [kind, schema] of Object.entries(settingsSchemas)) {
      const all = fields(kind, schema);
      assert.ok(all.length > 40, kind);
      assert.deepEqual(
        all.filter(({ schema: { description } }) => !description?.endsWith(".")).map(({ path }) => path),
        [],
      );
    }
  });
});

describe("Pulumi.schema.json", () => {
  it("is named for editors in the first line of the dev stack's file", () => {
    assert.match(dev.text, /^# yaml-language-server: \$schema=\.\/Pulumi\.schema\.json\n/);
  });

  it("accepts the dev stack, an encrypted secret, and other projects' keys", () => {
    const { config } = dev.document as { config: object };
    const secret = { "portcullis:clientSecret.stub": { secure: "v1:abc" } };
    assert.ok(verdict({ ...config, ...secret, "kubernetes:context": "dev" }));
  });

  it("refuses an unknown setting, a wrong type and a secret in plain text", () => {
    const { config } = dev.document as { config: object };
    for (const mistake of [
      { "portcullis:colour": "red" },
      { "portcullis:replicas": "two" },
      { "portcullis:replicas": 0 },
      { "portcullis:clientSecret.stub": "in plain text" },
      { "portcullis:domain": undefined },
    ])
      assert.equal(
        verdict(JSON.parse(JSON.stringify({ ...config, ...mistake })) as object),
        false,
        JSON.stringify(mistake),
      );
  });
});

describe("the schema of a team's stack", () => {
  it("accepts the file of docs/stack.md, which names it in its first line", () => {
    const text = projectText("docs/stack.md");
    const [, yaml = "", schema = ""] =
      /```yaml\n(# yaml-language-server: \$schema=(\S+)\nconfig:\n {2}portcullis:gateway:[^`]*)```/.exec(
        text,
      ) ?? [];
    assert.ok(existsSync(join(checkout, "stacks/team", schema)), schema);
    const { config } = parse(yaml) as { config: object };
    assert.ok(verdict(config, "services"));
    assert.equal(verdict({ ...config, "portcullis:domain": "apps.example.com" }, "services"), false);
  });
});

interface Told {
  readonly path: string;
  readonly schema: JsonSchema;
}

/** Every property, at any depth. */
function fields(path: string, schema: JsonSchema): Told[] {
  const { additionalProperties, anyOf = [], items, oneOf = [], properties = {} } = schema;
  const inner = [
    ...[...anyOf, ...oneOf].map((one, at) => [`${path}|${at}`, one] as const),
    ...(items ? [[`${path}[]`, items] as const] : []),
    ...(typeof additionalProperties === "object" ? [[`${path}.*`, additionalProperties] as const] : []),
  ];
  const own = Object.entries(properties).map(([name, one]) => ({ path: `${path}.${name}`, schema: one }));
  return [
    ...own,
    ...own.flatMap((one) => fields(one.path, one.schema)),
    ...inner.flatMap(([at, one]) => fields(at, one)),
  ];
}
