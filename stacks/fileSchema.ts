import { z } from "zod";
import { PROJECT, schemas } from "./settings/schema";
import { secretKeyPattern } from "./settings/secrets";

type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * JSON Schema of a stack's file, `Pulumi.<stack>.yaml`, for editors. It says what the program itself accepts, and leaves
 * only other projects' keys.
 *
 * @param descriptions what each setting means, by full key, as `Pulumi.yaml` declares them
 * @see https://www.pulumi.com/docs/iac/concepts/projects/stack-settings-file/
 */
export function stackFileSchema(descriptions: Readonly<Record<string, string>>): JsonSchema {
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Configuration of a Portcullis stack",
    type: "object",
    properties: {
      config: {
        anyOf: Object.values(schemas).map((schema) =>
          configSchema(z.toJSONSchema(schema, toEditor), descriptions),
        ),
      },
    },
  };
}

const toEditor = { io: "input", target: "draft-7" } as const;

/** What `pulumi config set --secret` writes. */
const secret: JsonSchema = {
  type: "object",
  properties: { secure: { type: "string" } },
  required: ["secure"],
};

function configSchema(settings: JsonSchema, descriptions: Readonly<Record<string, string>>): JsonSchema {
  const { properties, required } = settings as { properties: Record<string, JsonSchema>; required: string[] };
  return {
    type: "object",
    properties: Object.fromEntries(
      Object.entries(properties).map(([key, value]) => {
        const description = descriptions[fullKey(key)];
        return [fullKey(key), { ...(description !== undefined && { description }), ...value }];
      }),
    ),
    patternProperties: { [`^${PROJECT}:(${secretKeyPattern})$`]: secret, [`^(?!${PROJECT}:)`]: {} },
    required: required.map(fullKey),
    additionalProperties: false,
  };
}

function fullKey(key: string): string {
  return `${PROJECT}:${key}`;
}
