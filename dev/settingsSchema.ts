import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { format, resolveConfig } from "prettier";
import { stringify } from "yaml";
import { runMain } from "../cli/shared/progress";
import { packageSchema } from "../package/schema";
import { serviceFileSchema, settingsSchemas, stackFileSchema, type JsonSchema } from "../stacks/fileSchema";
import { PROJECT } from "../stacks/settings/project";
import { withSettingsTables } from "../stacks/settingsTables";
import { checkout } from "./checkout";

/** Each file that describes the settings, and how to write its new text from the current one. */
const files: Readonly<Record<string, (current: string) => string>> = {
  "Pulumi.schema.json": () => asJson(stackFileSchema("gateway")),
  "stacks/team/Pulumi.schema.json": () => asJson(stackFileSchema("services")),
  "Service.schema.json": () => asJson(serviceFileSchema()),
  "package/schema.json": () => asJson(packageSchema()),
  "Pulumi.yaml": (current) => withSettings(current, settingsSchemas.gateway, {}),
  "stacks/team/Pulumi.yaml": (current) =>
    withSettings(current, settingsSchemas.services, { kind: "services" }),
  "docs/answers.md": withSettingsTables,
  "docs/stack.md": withSettingsTables,
};

/** The texts of the files according to the settings' schema, by name. */
export async function writtenFiles(): Promise<ReadonlyMap<string, string>> {
  const entries = Object.entries(files).map(async ([name, write]) => {
    const filepath = join(checkout, name);
    const text = write(await readFile(filepath, "utf8").catch(() => ""));
    const options = (await resolveConfig(filepath)) ?? {};
    return [name, name.endsWith(".json") ? text : await format(text, { ...options, filepath })] as const;
  });
  return new Map(await Promise.all(entries));
}

function asJson(document: object): string {
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

const begin = "# What follows is written by `npm run settings:schema`.\n";

/**
 * Declares the settings that have a default, without a type: the engine itself rejects a missing or mistyped one
 * before the program reports all mistakes. The others are described in comments.
 */
function withSettings(
  project: string,
  { properties = {}, required = [] }: JsonSchema,
  told: Readonly<Record<string, unknown>>,
): string {
  const settings = Object.entries(properties).map(([key, schema]) => ({
    key: `${PROJECT}:${key}`,
    isRequired: required.includes(key),
    words: schema.description ?? "",
    byDefault: told[key] ?? schema.byDefault ?? schema.default,
  }));
  const declared = settings.filter(({ byDefault }) => byDefault !== undefined);
  const config = Object.fromEntries(
    declared.map(({ key, words, byDefault }) => [key, { description: words, default: byDefault }] as const),
  );
  const others = settings
    .filter(({ byDefault }) => byDefault === undefined)
    .map(({ key, words, isRequired }) => comment(`${key}${isRequired ? ", required" : ""}: ${words}`));
  const [own = ""] = project.split(begin);
  return [
    own.trimEnd(),
    begin + stringify({ config }, { lineWidth: 100, version: "1.1" }).trimEnd(),
    "# Settings without a default:",
    ...others,
    "",
  ].join("\n");
}

function comment(text: string): string {
  const lines = text.split(" ").reduce<string[]>((done, word) => {
    const last = done.at(-1);
    if (last === undefined || last.length + word.length > 98) return [...done, word];
    return [...done.slice(0, -1), `${last} ${word}`];
  }, []);
  return lines.map((line, at) => (at === 0 ? `# ${line}` : `#   ${line}`)).join("\n");
}

if (require.main === module)
  runMain(async () => {
    for (const [name, text] of await writtenFiles()) {
      await writeFile(join(checkout, name), text);
      process.stdout.write(`${PROJECT}: wrote ${name}\n`);
    }
  });
