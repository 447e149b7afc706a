import { createRequire } from "node:module";
import { PROJECT } from "../stacks/settings/project";
import { addressOf, goModuleOf, placeholder, publication } from "./address";
import { gatewayArguments, gatewayOutputs, serviceArguments, serviceOutputs } from "./argumentSchemas";
import type { ObjectSpec, ResourceSpec } from "./pulumiSchema";
import { Translator } from "./translator";
import type { JsonSchema } from "../stacks/fileSchema";

const {
  description,
  license,
  repository: published,
  version,
} = createRequire(__filename)("portcullis/package.json") as {
  readonly description: string;
  readonly license: string;
  readonly repository?: unknown;
  readonly version: string;
};
const address = addressOf(published);

/** Version of the package, which is the library's. */
export { version };

const NAMESPACE = `${PROJECT}:index`;

/** The components of the package, by their type tokens. */
export const tokens = { gateway: `${NAMESPACE}:Gateway`, service: `${NAMESPACE}:Service` } as const;

/** The package schema for Pulumi and its code generators: the settings of a stack's file as arguments. */
export function packageSchema(): object {
  const translator = new Translator(NAMESPACE);
  const component = (words: string, args: JsonSchema, outputs: JsonSchema): ResourceSpec => {
    const { properties: inputProperties, required: requiredInputs } = translator.object(args);
    const { properties: told, required } = translator.object(outputs);
    const properties = withOtherNames(told);
    return { isComponent: true, description: words, inputProperties, requiredInputs, properties, required };
  };
  const resources = {
    [tokens.gateway]: component(
      "A login for a whole domain: database, identity server, login UI, rule operator and proxy. One gateway per cluster.",
      gatewayArguments(),
      gatewayOutputs(),
    ),
    [tokens.service]: component(
      "A service behind the login: a route, a Rule and a NetworkPolicy. Unless hosts are given, its name is the first label of its host.",
      serviceArguments(),
      serviceOutputs(),
    ),
  };
  return {
    name: PROJECT,
    displayName: "Portcullis",
    version,
    description,
    keywords: ["pulumi", "kubernetes", "category/infrastructure", "kind/component"],
    license,
    ...publication(address),
    resources,
    types: Object.fromEntries(
      Object.entries(translator.types).sort(([one], [other]) => (one < other ? -1 : 1)),
    ),
    language: {
      // TypeScript programs use the library itself.
      nodejs: { packageName: `${PROJECT}-components`, respectSchemaVersion: true },
      python: { packageName: `pulumi_${PROJECT}`, respectSchemaVersion: true },
      go: { importBasePath: goModuleOf(address ?? placeholder), respectSchemaVersion: true },
      csharp: { respectSchemaVersion: true },
      java: { buildFiles: "gradle" },
    },
  };
}

/** In C#, no member of a class may have the class's name: the output `gateway` of a Gateway is its `Reference`. */
function withOtherNames(outputs: ObjectSpec["properties"]): ObjectSpec["properties"] {
  const { gateway, ...others } = outputs;
  return gateway
    ? { ...others, gateway: { ...gateway, language: { csharp: { name: "Reference" } } } }
    : outputs;
}
