import { z } from "zod";
import { PROJECT } from "./settings/project";
import { gatewaySchema } from "./settings/schema/gateway";
import type { Words } from "./settings/schema/fields";
import { servicesSchema } from "./settings/schema/team";
import { secretKeyPattern } from "./settings/secrets";

/** A document of JSON Schema, with the words of the settings' schema beside it. */
export interface JsonSchema extends Partial<Words> {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly string[];
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

/** What the kinds of stack may say, each with all its words. */
export const settingsSchemas = {
  gateway: z.toJSONSchema(gatewaySchema, { io: "input", target: "draft-7" }) as JsonSchema,
  services: z.toJSONSchema(servicesSchema, { io: "input", target: "draft-7" }) as JsonSchema,
};

/**
 * JSON Schema of a stack's file, `Pulumi.<stack>.yaml`, for editors. It requires the same form as the program, and
 * ignores other projects' keys.
 *
 * @see https://www.pulumi.com/docs/iac/concepts/projects/stack-settings-file/
 */
export function stackFileSchema(kind: keyof typeof settingsSchemas): object {
  const { properties = {}, required = [] } = settingsSchemas[kind];
  const settings = Object.entries(properties).map(
    ([key, value]) => [fullKey(key), forEditors(value)] as const,
  );
  const secrets = kind === "gateway" ? { [`^${PROJECT}:(${secretKeyPattern})$`]: secret } : {};
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: `Configuration of a Portcullis stack of the kind ${kind}`,
    type: "object",
    properties: {
      config: {
        type: "object",
        properties: Object.fromEntries(settings),
        patternProperties: { ...secrets, [`^(?!${PROJECT}:)`]: {} },
        // The project's own file states the kind.
        required: required.filter((key) => key !== "kind").map(fullKey),
        additionalProperties: false,
      },
    },
  };
}

/** JSON Schema of a file with one service, one of those that `serviceFiles` finds. */
export function serviceFileSchema(): object {
  const entry = settingsSchemas.gateway.properties?.["services"]?.additionalProperties;
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "A service behind a Portcullis gateway",
    ...(typeof entry === "object" && forEditors(entry)),
  };
}

/** What `pulumi config set --secret` writes. */
const secret = {
  type: "object",
  properties: { secure: { type: "string" } },
  required: ["secure"],
};

/** The same, with the words meant for the documentation only moved into the description, or left out. */
function forEditors(schema: JsonSchema): JsonSchema {
  const { absent: _, byDefault, description, example, more: _more, typeName: _typeName, ...rest } = schema;
  const inner = Object.entries(rest).map(([key, value]) => [key, insideOf(key, value)] as const);
  return {
    ...(description !== undefined && { description: inWords(schema) }),
    ...(byDefault !== undefined && { default: byDefault }),
    ...(example !== undefined && { examples: [example] }),
    ...Object.fromEntries(inner),
  };
}

/** What a setting means, and what it means to leave it out. */
export function inWords({ absent, description = "" }: JsonSchema): string {
  return absent === undefined ? description : `${description} Left out: ${absent.replaceAll("`", "")}.`;
}

function insideOf(key: string, value: unknown): unknown {
  if (key === "properties")
    return Object.fromEntries(
      Object.entries(value as Record<string, JsonSchema>).map(
        ([name, one]) => [name, forEditors(one)] as const,
      ),
    );
  if (key === "anyOf" || key === "oneOf") return (value as JsonSchema[]).map(forEditors);
  return (key === "items" || key === "additionalProperties") && typeof value === "object" && value !== null
    ? forEditors(value)
    : value;
}

function fullKey(key: string): string {
  return `${PROJECT}:${key}`;
}
