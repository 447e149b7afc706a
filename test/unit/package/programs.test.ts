import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { runtime } from "@pulumi/pulumi";
import { parse } from "yaml";
import { checkout } from "../../../dev/checkout";
import library from "../../../package.json";
import type { NamedTypeSpec, ObjectSpec, ResourceSpec, TypeSpec } from "../../../package/pulumiSchema";
import { packageSchema } from "../../../package/schema";
import typescript from "../../../template/typescript/package.json";
import { run } from "../mocks";

const require = createRequire(__filename);

interface Program {
  readonly config?: object;
  readonly packages?: Readonly<Record<string, string>>;
  readonly resources?: Readonly<Record<string, { readonly type: string; readonly properties: object }>>;
  readonly template?: { readonly config: Readonly<Record<string, { readonly secret?: boolean }>> };
}

const { resources, types } = packageSchema() as {
  readonly resources: Readonly<Record<string, ResourceSpec>>;
  readonly types: Readonly<Record<string, NamedTypeSpec>>;
};

function text(name: string): string {
  return readFileSync(join(checkout, name), "utf8");
}

function template(language: string): Program {
  return parse(text(`template/${language}/Pulumi.yaml`)) as Program;
}

describe("the documented and generated programs", () => {
  const documented = [...text("docs/languages.md").matchAll(/```yaml\n([\s\S]*?)```/g)].map(
    ([, yaml = ""]) => yaml,
  );
  const all = [...documented, text("template/yaml/Pulumi.yaml")].map((yaml) => parse(yaml) as Program);

  it("in YAML match the package schema", () => {
    assert.equal(all.length, 3);
    const components = all.flatMap((program) => Object.entries(program.resources ?? {}));
    const ours = components.filter(([, { type }]) => type.startsWith("portcullis:"));
    assert.equal(ours.length, 5);
    for (const [name, { properties, type }] of ours) {
      const spec = resources[type.replace(":", ":index:")];
      assert.ok(spec, type);
      const form = { properties: spec.inputProperties, required: spec.requiredInputs };
      assert.deepEqual(mistakes(name, form, properties), []);
    }
  });

  it("would not match it with a misspelt property, a missing one, or an unknown kind", () => {
    const [{ resources: documentedOnes = {} } = {}] = all;
    const { properties } = documentedOnes["access"] ?? { properties: {} };
    const spec = resources["portcullis:index:Gateway"];
    assert.ok(spec);
    const form = { properties: spec.inputProperties, required: spec.requiredInputs };
    const wrong = { ...properties, colour: "red", domain: undefined, loginProviders: [{ kind: "other" }] };
    const found = mistakes("access", form, wrong);
    assert.deepEqual(found.sort(), ["access.colour", "access.domain", "access.loginProviders[0]"]);
  });

  it("have the package of this version", () => {
    const withPackages = all.filter((program) => program.packages);
    assert.ok(withPackages.length > 0);
    for (const { packages } of withPackages)
      assert.ok(packages?.["portcullis"]?.endsWith(`/plugin@v${library.version}`));
    const { dependencies, devDependencies } = typescript;
    assert.equal(dependencies.portcullis, library.version);
    const { portcullis: _, ...others } = { ...dependencies, ...devDependencies };
    for (const [name, version] of Object.entries(others))
      assert.equal((library.devDependencies as Record<string, string>)[name], version, name);
  });
});

describe("template/", () => {
  it("asks the same in every language, and marks the secret as one", () => {
    const { template: ofTypeScript } = template("typescript");
    const { config = {}, template: ofYaml } = template("yaml");
    assert.deepEqual(ofYaml?.config, ofTypeScript?.config);
    assert.deepEqual(Object.keys(config).sort(), Object.keys(ofYaml?.config ?? {}).sort());
    assert.equal(ofYaml?.config["clientSecret"]?.secret, true);
  });

  it("never gets a secret on a documented command line, which would put it into the stack's file in plain text", () => {
    for (const page of ["README.md", ...globSync("docs/**/*.md", { cwd: checkout })])
      assert.doesNotMatch(text(page), /pulumi new[^\n]*\s-c\s+\w*[sS]ecret/, page);
  });

  it("typescript makes a gateway from its answers", async () => {
    const asked = Object.keys(template("typescript").template?.config ?? {});
    const config = asked.map((key) => [`portcullis:${key}`, `${key}.example.com`] as const);
    runtime.setAllConfig({
      ...Object.fromEntries(config),
      "portcullis:issuerUrl": "https://id.example.com",
      ...Object.fromEntries(
        ["clusterIssuer", "ingressApp", "ingressNamespace"].map((key) => [
          `portcullis:${key}`,
          key.toLowerCase(),
        ]),
      ),
    });
    try {
      const { result } = await run(
        () => require("../../../template/typescript/index") as { readonly callbackUrls: object },
      );
      const callback = "https://auth-server.domain.example.com/self-service/methods/oidc/callback/staff";
      assert.deepEqual(result.callbackUrls, { staff: callback });
    } finally {
      runtime.setAllConfig({});
    }
  });
});

/** Where a value does not have the form in the package schema; interpolations have any. */
function mistakes(path: string, { properties, required }: ObjectSpec, value: object): string[] {
  const given = Object.entries(value).filter(([, one]) => one !== undefined);
  const wrong = given.flatMap(([key, one]) => {
    const spec = properties[key];
    return spec ? mistakesOf(`${path}.${key}`, spec, one) : [`${path}.${key}`];
  });
  const missing = required.filter((key) => !given.some(([name]) => name === key));
  return [...wrong, ...missing.map((key) => `${path}.${key}`)];
}

function mistakesOf(path: string, spec: TypeSpec & { readonly const?: string }, value: unknown): string[] {
  if (typeof value === "string" && value.startsWith("${")) return [];
  if (spec.oneOf) {
    const tried = spec.oneOf.map((one) => mistakesOf(path, one, value));
    return tried.some((found) => found.length === 0) ? [] : [path];
  }
  const type = types[spec.$ref?.replace("#/types/", "") ?? ""];
  if (type?.type === "object")
    return typeof value === "object" && value ? mistakes(path, type, value) : [path];
  if (type) return type.enum.some((one) => one.value === value) ? [] : [path];
  if (spec.type === "array")
    return Array.isArray(value)
      ? value.flatMap((one, index) => mistakesOf(`${path}[${index}]`, spec.items ?? {}, one))
      : [path];
  if (spec.type === "object")
    return Object.entries(value as object).flatMap(([key, one]) =>
      mistakesOf(`${path}.${key}`, spec.additionalProperties ?? {}, one),
    );
  if (spec.const !== undefined) return value === spec.const ? [] : [path];
  const isOfType =
    spec.type === undefined || typeof value === (spec.type === "integer" ? "number" : spec.type);
  return isOfType ? [] : [path];
}
