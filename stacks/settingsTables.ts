import { stringify } from "yaml";
import { settingsSchemas, type JsonSchema } from "./fileSchema";

/** A field of a setting, as the documentation shows it. */
interface Field {
  readonly name: string;
  /** The kinds that have it, if not all do. */
  readonly kinds: readonly string[];
  readonly isRequired: boolean;
  readonly schema: JsonSchema;
}

/**
 * The table of a setting's fields in Markdown.
 * @param setting its name, or "all" for the settings themselves
 */
function settingsTable(setting: string): string {
  if (setting === "all") return table(fieldsOf(settingsSchemas.gateway), "Key", true);
  if (setting === "team") return table(fieldsOf(settingsSchemas.services), "Key", true);
  const schema = settingsSchemas.gateway.properties?.[setting];
  if (!schema) throw new RangeError(`there is no setting ${setting}`);
  const { items, additionalProperties } = schema;
  const entry = items ?? (typeof additionalProperties === "object" ? additionalProperties : schema);
  return table(fieldsOf(entry), "Field", false);
}

/** Pages have their tables between these two lines. */
const tablePattern = /(<!-- settings: (\w+) -->\n)[^]*?(\n<!-- end -->)/g;

/** A page of the documentation with its tables as they are now. */
export function withSettingsTables(page: string): string {
  return page.replace(
    tablePattern,
    (_, begin: string, setting: string, end: string) => `${begin}\n${settingsTable(setting)}\n${end}`,
  );
}

/** A field that means something else in some kinds is listed once for each meaning. */
function fieldsOf(schema: JsonSchema): Field[] {
  const forms = [schema, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].filter(
    ({ properties }) => properties,
  );
  const names = [...new Set(forms.flatMap(({ properties = {} }) => Object.keys(properties)))];
  return names.flatMap((name) => {
    const meanings = new Map<string, Field>();
    for (const form of forms) {
      const field = form.properties?.[name];
      if (!field) continue;
      const isRequired = form.required?.includes(name) ?? false;
      const key = name === "kind" ? name : JSON.stringify([field, isRequired]);
      const earlier = meanings.get(key);
      const kinds = [...(earlier?.kinds ?? []), kindOf(form)];
      meanings.set(key, earlier ? { ...earlier, kinds } : { name, kinds, isRequired, schema: field });
    }
    return [...meanings.values()].map((field) => ({
      ...field,
      kinds: field.kinds.length === forms.length ? [] : field.kinds,
      schema: name === "kind" ? kindField(forms) : field.schema,
    }));
  });
}

function kindOf({ properties }: JsonSchema): string {
  return String(properties?.["kind"]?.const);
}

/** The field that tells the kinds apart: the first kind may be left out if it is the default. */
function kindField(forms: readonly JsonSchema[]): JsonSchema {
  const [first] = forms;
  const own = first?.properties?.["kind"];
  if (!own || forms.length === 1) return own ?? {};
  return { ...own, description: `One of ${forms.map((form) => code(kindOf(form))).join(", ")}.` };
}

function table(fields: readonly Field[], title: string, hasExamples: boolean): string {
  const hasKinds = fields.some(({ kinds }) => kinds.length > 0);
  const head = [
    title,
    ...(hasKinds ? ["Kinds"] : []),
    "Default",
    "Meaning",
    ...(hasExamples ? ["Example"] : []),
  ];
  const rows = fields.map(({ name, kinds, isRequired, schema }) => [
    code(name),
    ...(hasKinds ? [kinds.length === 0 ? "all" : kinds.map(code).join(", ")] : []),
    defaultOf(schema, isRequired),
    meaningOf(schema),
    ...(hasExamples ? [schema.example === undefined ? "" : code(asYaml(schema.example))] : []),
  ]);
  return [head, head.map(() => "---"), ...rows]
    .map((cells) => `| ${cells.map(cell).join(" | ")} |`)
    .join("\n");
}

function defaultOf(
  { absent, default: ofZod, byDefault: value = ofZod }: JsonSchema,
  isRequired: boolean,
): string {
  if (value !== undefined) return code(asYaml(value));
  return absent ?? (isRequired ? "required" : "");
}

function meaningOf({ description = "", more }: JsonSchema): string {
  if (more === undefined) return description;
  const name = more.startsWith("#") ? "below" : more.replace(/#.*$/, "");
  return `${description} See [${name}](${more}).`;
}

function asYaml(value: unknown): string {
  return stringify(value, { collectionStyle: "flow", lineWidth: 0, version: "1.1" }).trim();
}

function code(text: string): string {
  return `\`${text}\``;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
