import { z } from "zod";

type Schema = z.core.$ZodType;
type Shape = Readonly<Record<string, Schema>>;

/** Up to this many fields are all named; of more, only the required ones. */
export const maxFields = 6;

/** The form that a schema asks for in words, for example `{path, match: exact or prefix, methods?}`; none if it is a choice. */
export function formOf(schema: unknown): string | undefined {
  const plain = unwrapped(schema);
  if (plain instanceof z.ZodString) return "text";
  if (plain instanceof z.ZodNumber) return "number";
  if (plain instanceof z.ZodObject) return formOfObject(plain.shape);
  if (plain instanceof z.ZodArray) return `[${formOf(plain.element) ?? "…"}]`;
  return plain instanceof z.ZodRecord ? `{name: ${formOf(plain.valueType) ?? "…"}}` : undefined;
}

/** The names of the fields that an object may have, or the keys of a map that has certain ones. */
export function fieldsOf(schema: unknown): readonly string[] {
  if (schema instanceof z.ZodObject) return Object.keys(schema.shape);
  return schema instanceof z.ZodRecord && schema.keyType instanceof z.ZodEnum
    ? schema.keyType.options.map(String)
    : [];
}

function formOfObject(shape: Shape): string {
  const fields = Object.entries(shape).map(([name, field]) => {
    const isOptional = field._zod.optin !== undefined;
    return { isOptional, words: name + (isOptional ? "?" : choiceOf(field)) };
  });
  const required = fields.filter(({ isOptional }) => !isOptional);
  const told =
    fields.length <= maxFields ? fields : required.length > 0 ? required : fields.slice(0, maxFields);
  const rest = told.length < fields.length ? ["…"] : [];
  return `{${[...told.map(({ words }) => words), ...rest].join(", ")}}`;
}

/** The words that a field can be, if there are few. */
function choiceOf(field: Schema): string {
  const plain = unwrapped(field);
  const words =
    plain instanceof z.ZodEnum ? plain.options : plain instanceof z.ZodLiteral ? [...plain.values] : [];
  return words.length === 0 || words.length > 3 ? "" : `: ${words.join(" or ")}`;
}

function unwrapped(schema: unknown): unknown {
  if (
    schema instanceof z.ZodExactOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodReadonly
  )
    return unwrapped(schema.unwrap());
  return schema instanceof z.ZodPipe ? unwrapped(schema.in) : schema;
}
