import { z } from "zod";
import type { Partly } from "../../documents/shared/partly";

/** As much of a value as has the form that a schema asks for, with its defaults; everything else is absent. */
export function readable<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
): Partly<z.infer<Schema>> | undefined {
  return read(schema, value) as Partly<z.infer<Schema>> | undefined;
}

function read(schema: z.core.$ZodType, value: unknown): unknown {
  const { success, data } = z.core.safeParse(schema, value);
  if (success) return data;
  if (schema instanceof z.ZodExactOptional || schema instanceof z.ZodDefault)
    return read(schema.unwrap(), value);
  if (schema instanceof z.ZodPipe) return read(schema.in, value);
  if (Array.isArray(value)) return readList(schema, value);
  if (typeof value === "object" && value !== null) return readObject(schema, value as Fields);
  return undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/** Without its unreadable entries, a list's other entries would have wrong positions. */
function readList(schema: z.core.$ZodType, value: readonly unknown[]): unknown {
  if (!(schema instanceof z.ZodArray)) return undefined;
  const entries = value.map((entry) => read(schema.element, entry));
  return entries.includes(undefined) ? undefined : entries;
}

function readObject(schema: z.core.$ZodType, value: Fields): unknown {
  if (schema instanceof z.ZodUnion) {
    const meant = nearestOption(schema.options, value);
    if (meant) return read(meant, value);
    return schema.options.some(isOfObjects) ? {} : undefined;
  }
  if (schema instanceof z.ZodRecord) return mapped(value, (inner) => read(schema.valueType, inner));
  if (!(schema instanceof z.ZodObject)) return undefined;
  const shape = schema.shape as Readonly<Record<string, z.core.$ZodType>>;
  return mapped(shape, (field, name) => read(field, Object.hasOwn(value, name) ? value[name] : undefined));
}

/** Whether a schema takes objects of some form. */
function isOfObjects(schema: z.core.$ZodType): boolean {
  if (schema instanceof z.ZodPipe) return isOfObjects(schema.in);
  if (schema instanceof z.ZodUnion) return schema.options.some(isOfObjects);
  return schema instanceof z.ZodObject || schema instanceof z.ZodRecord;
}

/** The form of a union with the fewest complaints; none if the kind itself is wrong. */
function nearestOption(options: readonly z.core.$ZodType[], value: Fields): z.core.$ZodType | undefined {
  const complaints = options.flatMap((option) => {
    const issues = z.core.safeParse(option, value).error?.issues ?? [];
    const isOther = issues.some(({ code, path }) =>
      path.length === 0 ? code !== "unrecognized_keys" : path.length === 1 && path[0] === "kind",
    );
    return isOther ? [] : [{ option, count: issues.length }];
  });
  return complaints.sort((one, other) => one.count - other.count)[0]?.option;
}

function mapped<T>(
  object: Readonly<Record<string, T>>,
  map: (inner: T, name: string) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(object).flatMap(([name, inner]) => {
      const value = map(inner, name);
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}
