import { inWords, type JsonSchema } from "../stacks/fileSchema";
import {
  anything,
  type NamedTypeSpec,
  type ObjectSpec,
  type PropertySpec,
  type TypeSpec,
} from "./pulumiSchema";

/** A document of JSON Schema that also says which values are secrets. */
export interface ArgumentSchema extends JsonSchema {
  readonly secret?: true;
}

/**
 * Translates the JSON Schema of arguments into Pulumi's package schema. Objects and enums become named types:
 * `typeName`, or the name of their field.
 */
export class Translator {
  /** The types needed so far, by their tokens. */
  readonly types: Record<string, NamedTypeSpec> = {};

  constructor(private readonly namespace: string) {}

  object({ properties = {}, required = [] }: JsonSchema): ObjectSpec {
    const entries = Object.entries(properties).map(
      ([key, schema]) => [key, this.property(key, schema)] as const,
    );
    // A `kind` tells the forms of a union apart, so no language may leave it out.
    const kinds = properties["kind"]?.const === undefined ? [] : ["kind"];
    return {
      properties: Object.fromEntries(entries),
      required: [...new Set([...required, ...kinds])].sort(),
    };
  }

  private property(key: string, schema: ArgumentSchema): PropertySpec {
    const { const: constant, description, secret } = schema;
    const own: PropertySpec =
      constant === undefined
        ? this.type(schema, pascalCase(key))
        : { type: "string", const: constant as string };
    return {
      ...own,
      ...(description !== undefined && { description: withDefault(schema) }),
      ...(secret && { secret }),
    };
  }

  private type(schema: JsonSchema, field: string): TypeSpec {
    const { additionalProperties, items, properties, type } = schema;
    const alternatives = schema.anyOf ?? schema.oneOf;
    if (alternatives) return this.union(alternatives, field);
    const name = schema.typeName ?? field;
    if (schema.enum) return this.named(name, enumOf(schema.enum));
    if (properties) return this.named(name, { type: "object", ...this.object(schema) });
    const entry = singular(field);
    if (type === "array") return { type, items: this.type(items ?? {}, entry) };
    if (type === "object") {
      const values = typeof additionalProperties === "object" ? additionalProperties : {};
      return { type, additionalProperties: this.type(values, entry) };
    }
    return isScalar(type) ? { type } : anything;
  }

  /** Words and other texts are one alternative; objects stay separate, distinguished by their `kind` if they have one. */
  private union(alternatives: readonly JsonSchema[], field: string): TypeSpec {
    const objects = alternatives.filter(({ properties }) => properties);
    const texts = alternatives.filter(({ type }) => type === "string");
    if (objects.length + texts.length < alternatives.length) return anything;
    const forms = objects.map((form) => ({ form, type: this.type(form, `${kindOf(form)}${field}`) }));
    const all = [
      ...(texts.length > 0 ? [{ type: "string" } as const] : []),
      ...forms.map(({ type }) => type),
    ];
    const [only, ...others] = all;
    if (only && others.length === 0) return only;
    const mapping = forms.flatMap(({ form: { properties }, type: { $ref } }) => {
      const kind = properties?.["kind"]?.const;
      return kind === undefined || $ref === undefined ? [] : [[kind as string, $ref] as const];
    });
    return {
      oneOf: all,
      ...(mapping.length === all.length && {
        discriminator: { propertyName: "kind", mapping: Object.fromEntries(mapping) },
      }),
    };
  }

  private named(name: string, type: NamedTypeSpec): TypeSpec {
    const token = `${this.namespace}:${name}`;
    const known = this.types[token] ?? type;
    if (JSON.stringify(known) !== JSON.stringify(type))
      throw new RangeError(`two types are called ${name}: give one of them a typeName`);
    this.types[token] = known;
    return { $ref: `#/types/${token}` };
  }
}

/** With Pulumi's own `default`, each program would send the value; what is left out is decided here. */
function withDefault(schema: JsonSchema): string {
  const { const: constant, default: ofZod, byDefault = ofZod } = schema;
  return byDefault === undefined || constant !== undefined
    ? inWords(schema)
    : `${inWords(schema)} Default: ${JSON.stringify(byDefault)}.`;
}

const scalars = ["integer", "number", "boolean", "string"] as const;

function isScalar(type: string | undefined): type is (typeof scalars)[number] {
  return scalars.some((one) => one === type);
}

function kindOf({ properties }: JsonSchema): string {
  const kind = properties?.["kind"]?.const;
  return kind === undefined ? "" : pascalCase(kind as string);
}

function enumOf(values: readonly string[]): NamedTypeSpec {
  return {
    type: "string",
    // A dot between digits tells versions apart.
    enum: values.map((value) => ({ name: pascalCase(value.replace(/(?<=\d)\.(?=\d)/g, "_")), value })),
  };
}

function pascalCase(text: string): string {
  return text.replace(/(?:^|[^A-Za-z0-9_]+)([A-Za-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function singular(name: string): string {
  return name.replace(/ies$/, "y").replace(/([^s])s$/, "$1");
}
