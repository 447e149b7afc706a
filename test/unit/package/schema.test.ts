import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { checkout } from "../../../dev/checkout";
import { onlyInFiles } from "../../../package/argumentSchemas";
import type { NamedTypeSpec, PropertySpec, ResourceSpec } from "../../../package/pulumiSchema";
import { packageSchema } from "../../../package/schema";
import { Translator } from "../../../package/translator";
import { settingsSchemas } from "../../../stacks/fileSchema";
import plugin from "../../../plugin/package.json";
import library from "../../../package.json";

interface PackageSchema {
  readonly resources: Readonly<Record<string, ResourceSpec>>;
  readonly types: Readonly<Record<string, NamedTypeSpec>>;
}

const { resources, types } = packageSchema() as PackageSchema;
const component = (name: string): ResourceSpec => {
  const found = resources[`portcullis:index:${name}`];
  assert.ok(found, name);
  return found;
};
const type = (name: string) => {
  const found = types[`portcullis:index:${name}`];
  assert.ok(found?.type === "object", name);
  return found;
};

/** Every argument, output and field, by its place. */
const fields = [
  ...Object.entries(resources).flatMap(([name, { inputProperties, properties }]) => [
    ...Object.entries(inputProperties).map(([key, one]) => [`${name}.${key}`, one] as const),
    ...Object.entries(properties).map(([key, one]) => [`${name}:${key}`, one] as const),
  ]),
  ...Object.entries(types).flatMap(([name, one]) =>
    one.type === "object"
      ? Object.entries(one.properties).map(([key, field]) => [`${name}.${key}`, field] as const)
      : [],
  ),
].map(([path, field]): readonly [string, PropertySpec] => [path.replace("portcullis:index:", ""), field]);

/** The tokens of all types that a type contains. */
function typesIn($ref: string): string[] {
  const token = $ref.replace("#/types/", "");
  const inner = JSON.stringify(types[token]).matchAll(/"\$ref":"(#\/types\/[^"]+)"/g);
  return [token, ...[...inner].flatMap(([, one = ""]) => typesIn(one))];
}

describe("the package schema", () => {
  it("has every setting of a stack's file as an argument, and those of a service", () => {
    const settings = Object.keys(settingsSchemas.gateway.properties ?? {});
    const expected = settings.filter((key) => !onlyInFiles.some((one) => one === key));
    assert.deepEqual(Object.keys(component("Gateway").inputProperties).sort(), expected.sort());
    const ofService = Object.keys(type("ProtectedService").properties);
    assert.deepEqual(
      Object.keys(component("Service").inputProperties).sort(),
      [...ofService, "gateway", "namespace"].sort(),
    );
  });

  it("describes every argument, output and field, without naming keys of a stack's file", () => {
    assert.ok(fields.length > 200);
    for (const [path, { description }] of fields) {
      assert.match(description ?? "", /\.$/, path);
      assert.doesNotMatch(description ?? "", /portcullis:/, path);
    }
  });

  it("marks the secrets, and requires those that are always needed", () => {
    const secrets = fields.filter(([, { secret }]) => secret).map(([path]) => path);
    const providers = ["Generic", "GithubApp", "Github", "Gitlab", "Google", "Microsoft"];
    assert.deepEqual(secrets.sort(), [
      "ExternalDatabase.password",
      ...providers.map((kind) => `${kind}LoginProvider.clientSecret`),
      "Smtp.uri",
    ]);
    assert.ok(type("Smtp").required.includes("uri"));
    assert.ok(type("ExternalDatabase").required.includes("password"));
    assert.ok(type("GenericLoginProvider").required.includes("clientSecret"));
    assert.ok(!type("GoogleLoginProvider").required.includes("clientSecret"), "Secret Manager may have it");
  });

  it("gives the gateway one type, as an output and as an argument", () => {
    const $ref = "#/types/portcullis:index:GatewayRef";
    assert.equal(component("Gateway").properties["gateway"]?.$ref, $ref);
    assert.equal(component("Service").inputProperties["gateway"]?.$ref, $ref);
    assert.ok(!("from" in type("IngressRouteRef").properties), "who may connect is the gateway's matter");
    // YAML's host would reject one as the other.
    const enums = typesIn($ref).filter((token) => types[token]?.type === "string");
    assert.deepEqual(enums, []);
  });

  it("gives no output the name of an argument of another type", () => {
    for (const { inputProperties, properties } of Object.values(resources))
      for (const [key, output] of Object.entries(properties)) {
        const { description } = output;
        const argument = inputProperties[key] ?? output;
        // An argument may have further forms: programs pass the output where they passed the argument.
        const forms = (argument.oneOf ?? [argument]).map((form) => ({ ...form, description }));
        assert.ok(
          forms.some((form) => isDeepStrictEqual(form, output)),
          key,
        );
      }
  });

  it("gives no member of a class the class's name, which C# refuses", () => {
    // Classes of arguments have names that end with Args.
    const outputs = JSON.stringify(Object.values(resources).map(({ properties }) => properties));
    const tokens = [...outputs.matchAll(/"#\/types\/([^"]+)"/g)].flatMap(([, token = ""]) => typesIn(token));
    const classes = [
      ...Object.entries(resources).map(([token, { properties }]) => [token, properties] as const),
      ...tokens.map((token) => {
        const one = types[token];
        return [token, one?.type === "object" ? one.properties : {}] as const;
      }),
    ];
    assert.ok(classes.length > 5);
    for (const [token, properties] of classes)
      for (const [name, { language }] of Object.entries(properties)) {
        const member = language?.csharp.name ?? `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
        assert.notEqual(member, token.split(":").at(-1), `${token}.${name}`);
      }
  });

  it("refers only to its own types, and tells the forms of a union apart by their kind", () => {
    const text = JSON.stringify({ resources, types });
    for (const [, token = ""] of text.matchAll(/"#\/types\/([^"]+)"/g)) assert.ok(types[token], token);
    const { discriminator, oneOf = [] } = component("Gateway").inputProperties["database"] ?? {};
    assert.deepEqual(
      Object.values(discriminator?.mapping ?? {}),
      oneOf.map(({ $ref }) => $ref),
    );
    assert.ok(type("InClusterDatabase").required.includes("kind"));
  });

  it("cannot have two types of one name", () => {
    const translator = new Translator("test:index");
    const of = (field: string) => ({ properties: { [field]: { type: "string" } } });
    translator.object({ properties: { store: of("a") } });
    assert.throws(() => translator.object({ properties: { store: of("b") } }), /two types are called Store/);
  });
});

describe("the plugin's folder", () => {
  it("has this version of the library, and the SDKs that it was tested with", () => {
    const { devDependencies, version } = library;
    const pinned = ["@pulumi/kubernetes", "@pulumi/pulumi", "@pulumi/random"] as const;
    assert.equal(plugin.version, version);
    assert.deepEqual(plugin.dependencies, {
      ...Object.fromEntries(pinned.map((name) => [name, devDependencies[name]])),
      portcullis: version,
    });
  });

  it("starts only the provider, from compiled files", () => {
    const text = (name: string) => readFileSync(join(checkout, "plugin", name), "utf8");
    assert.equal(text("index.js"), 'require("portcullis/provider").serve();\n');
    assert.equal(text("PulumiPlugin.yaml"), "runtime: nodejs\n");
    assert.equal(library.exports["./provider"].default, "./dist/package/index.js");
  });
});
