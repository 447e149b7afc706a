import assert from "node:assert/strict";
import { z } from "zod";
import { gateway } from "../../../stacks/gateway";
import { parseSettings } from "../../../stacks/settings/parse";
import { gatewaySchema, servicesSchema } from "../../../stacks/settings/schema";
import { run } from "../mocks";
import { asEngine, devConfig, projectFile } from "./configuration";

interface Declared {
  readonly description: string;
  readonly default?: unknown;
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly prefixItems?: readonly JsonSchema[];
}

const { text, document } = projectFile("Pulumi.yaml");
const declared = Object.entries((document as { config: Record<string, Declared> }).config);

describe("Pulumi.yaml", () => {
  it("describes every setting, nested ones by name", () => {
    const settings = z.toJSONSchema(gatewaySchema, { io: "input" }) as JsonSchema;
    const missing = Object.entries(settings.properties ?? {}).flatMap(([key, setting]) => {
      const description = declared.find(([name]) => name === `portcullis:${key}`)?.[1].description;
      const words = new Set((description ?? commentOn(key)).match(/\w+/g));
      return [
        ...(words.size > 0 ? [] : [key]),
        ...nestedKeys(setting).filter((nested) => !words.has(nested)),
      ];
    });
    assert.deepEqual(missing, []);
  });

  it("declares nothing that is not a setting", () => {
    const settings = Object.keys(gatewaySchema.shape).map((key) => `portcullis:${key}`);
    assert.deepEqual(
      declared.map(([key]) => key).filter((key) => !settings.includes(key)),
      [],
    );
  });

  it("has defaults that change nothing: the program's own are the same", async () => {
    const withDefault = declared.filter(([, { default: value }]) => value !== undefined);
    const defaults = asEngine(
      Object.fromEntries(withDefault.map(([key, { default: value }]) => [key, value])),
    );
    const least = Object.fromEntries(Object.entries(devConfig()).filter(([key]) => !(key in defaults)));
    assert.ok(Object.keys(defaults).length > 5);
    const { made: without } = await run(() => gateway(parseSettings(least)));
    const { made: withDefaults } = await run(() => gateway(parseSettings({ ...defaults, ...least })));
    assert.deepEqual(withDefaults.inOrder, without.inOrder);
  });
});

describe("stacks/team/Pulumi.yaml", () => {
  const project = projectFile("stacks/team/Pulumi.yaml");

  it("declares what a team's stack must say, and no more: the engine refuses a stack without a declared key", () => {
    const { config } = project.document as { config: Record<string, Declared> };
    const { required = [] } = z.toJSONSchema(servicesSchema, { io: "input" });
    assert.deepEqual(Object.keys(config).sort(), required.map((key) => `portcullis:${key}`).sort());
    assert.equal(config["portcullis:kind"]?.default, "services");
  });
});

/** The comment where an optional setting without a default is described: declared, it would be required. */
function commentOn(key: string): string {
  const comments = text
    .split("\n")
    .filter((line) => line.startsWith("#"))
    .join("\n");
  return comments.includes(`portcullis:${key}`) ? comments : "";
}

/** Names at any depth; what a NetworkPolicy's peer is made of is Kubernetes' to describe. */
function nestedKeys(schema: JsonSchema): string[] {
  const { properties = {}, additionalProperties, items, prefixItems = [], anyOf = [], oneOf = [] } = schema;
  const inner = [
    ...Object.values(properties),
    ...[...prefixItems, ...anyOf, ...oneOf],
    ...(items ? [items] : []),
    ...(typeof additionalProperties === "object" ? [additionalProperties] : []),
  ];
  const own = Object.keys(properties);
  return own.includes("podSelector") ? [] : [...own, ...inner.flatMap(nestedKeys)];
}
