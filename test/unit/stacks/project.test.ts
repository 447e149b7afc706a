import assert from "node:assert/strict";
import { settingsSchemas, type JsonSchema } from "../../../stacks/fileSchema";
import { createGateway } from "../../../stacks/gateway";
import { parseSettings } from "../../../stacks/settings/parse";
import { run, type Recorded, type Registered } from "../mocks";
import { asEngine, devConfig, projectFile } from "./configuration";

interface Declared {
  readonly type?: unknown;
  readonly description: string;
  readonly default?: unknown;
}

function declaredIn(file: string): [string, Declared][] {
  const { document } = projectFile(file);
  return Object.entries((document as { config: Record<string, Declared> }).config);
}

for (const file of ["Pulumi.yaml", "stacks/team/Pulumi.yaml"])
  describe(file, () => {
    it("declares nothing for which the engine would refuse a stack before the program reports its mistakes", () => {
      const declared = declaredIn(file);
      assert.ok(declared.length > 0);
      assert.deepEqual(
        declared.filter(([, { type, default: value }]) => type !== undefined || value === undefined),
        [],
      );
    });
  });

describe("Pulumi.yaml", () => {
  it("has defaults that change nothing: the program's own are the same", async () => {
    const defaults = asEngine(
      Object.fromEntries(declaredIn("Pulumi.yaml").map(([key, { default: value }]) => [key, value])),
    );
    const least = Object.fromEntries(Object.entries(devConfig()).filter(([key]) => !(key in defaults)));
    assert.ok(Object.keys(defaults).length > 5);
    const { made: without } = await run(() => createGateway(parseSettings(least)));
    const { made: withDefaults } = await run(() => createGateway(parseSettings({ ...defaults, ...least })));
    assert.deepEqual(withDefaults.inOrder, without.inOrder);
  });
});

describe("the documented defaults", () => {
  it("are what the program uses by itself: written out, they change nothing", async () => {
    const chosen = {
      metricsFrom: [{ namespaceSelector: { matchLabels: { team: "monitoring" } } }],
      monitoring: { serviceMonitors: false, alerts: true },
      smtp: { from: "login@example.com" },
    };
    const config: Readonly<Record<string, string>> = {
      ...devConfig(),
      ...asEngine(chosen),
      smtpUri: "smtps://user:password@mail.example.com:465",
    };
    const told = Object.entries(settingsSchemas.gateway.properties ?? {}).flatMap(([key, schema]) => {
      const given = config[key];
      const value = written(
        schema,
        given?.startsWith("{") || given?.startsWith("[") ? (JSON.parse(given) as unknown) : given,
      );
      return value === undefined ? [] : [[key, value] as const];
    });
    assert.ok(told.length > 15);
    const { made: without } = await run(() => createGateway(parseSettings(config)));
    const { made: withDefaults } = await run(() =>
      createGateway(parseSettings({ ...config, ...asEngine(Object.fromEntries(told)) })),
    );
    assert.deepEqual(objectsOf(withDefaults), objectsOf(without));
  });
});

/** Without the components, whose inputs are the arguments as they were given. */
function objectsOf({ inOrder }: Recorded): Registered[] {
  return inOrder.filter(({ type }) => !type.startsWith("portcullis:"));
}

/** A value with every default from its schema written out. */
function written(schema: JsonSchema, value: unknown): unknown {
  const { byDefault, default: ofZod, items } = schema;
  const given = value ?? byDefault ?? ofZod;
  if (Array.isArray(given)) return items ? given.map((one: unknown) => written(items, one)) : given;
  if (typeof given !== "object" || given === null) return given;
  const fields = given as Readonly<Record<string, unknown>>;
  const { additionalProperties, properties } = formOf(schema, fields);
  if (typeof additionalProperties === "object" && !properties)
    return Object.fromEntries(
      Object.entries(fields).map(([name, one]) => [name, written(additionalProperties, one)] as const),
    );
  const defaults = Object.entries(properties ?? {}).map(
    ([name, one]) => [name, written(one, fields[name])] as const,
  );
  return { ...fields, ...Object.fromEntries(defaults.filter(([, one]) => one !== undefined)) };
}

/** The form of a union that matches a value. */
function formOf(schema: JsonSchema, fields: Readonly<Record<string, unknown>>): JsonSchema {
  const forms = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  const has = ({ properties = {}, required = [] }: JsonSchema) =>
    required.every((name) => name in fields) &&
    Object.keys(fields).every((name) => name in properties) &&
    (fields["kind"] === undefined || fields["kind"] === properties["kind"]?.const);
  return forms.find((form) => form.properties && has(form)) ?? schema;
}
