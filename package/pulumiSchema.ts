/**
 * The part of Pulumi's package schema that this package writes.
 * @see https://www.pulumi.com/docs/iac/guides/building-extending/packages/schema/
 */
export interface TypeSpec {
  readonly type?: "string" | "integer" | "number" | "boolean" | "array" | "object";
  readonly $ref?: string;
  readonly items?: TypeSpec;
  readonly additionalProperties?: TypeSpec;
  readonly oneOf?: readonly TypeSpec[];
  readonly discriminator?: {
    readonly propertyName: string;
    readonly mapping: Readonly<Record<string, string>>;
  };
}

/** An argument, an output, or a field of a type. */
export interface PropertySpec extends TypeSpec {
  readonly const?: string;
  readonly description?: string;
  readonly secret?: true;
  /** A different name in a language. */
  readonly language?: { readonly csharp: { readonly name: string } };
}

/** Properties, and which of them are required. */
export interface ObjectSpec {
  readonly properties: Readonly<Record<string, PropertySpec>>;
  readonly required: readonly string[];
}

/** A type with a name of its own. */
export type NamedTypeSpec =
  | ({ readonly type: "object" } & ObjectSpec)
  | { readonly type: "string"; readonly enum: readonly { readonly name: string; readonly value: string }[] };

/** A component. */
export interface ResourceSpec extends ObjectSpec {
  readonly isComponent: true;
  readonly description: string;
  readonly inputProperties: ObjectSpec["properties"];
  readonly requiredInputs: ObjectSpec["required"];
}

/** The type that every language already has for a value of any form. */
export const anything: TypeSpec = { $ref: "pulumi.json#/Any" };
