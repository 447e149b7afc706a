import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { checkout } from "../cli/shared/checkout";
import { runMain } from "../cli/shared/progress";
import { stackFileSchema } from "../stacks/fileSchema";
import { PROJECT } from "../stacks/settings/schema";

/** The file that the stacks' files refer to. */
const schemaFile = join(checkout, "Pulumi.schema.json");

interface ProjectFile {
  readonly config: Readonly<Record<string, { readonly description: string }>>;
}

/** The schema as it is checked in. */
export async function currentSchema(): Promise<string> {
  const { config } = parse(await readFile(join(checkout, "Pulumi.yaml"), "utf8")) as ProjectFile;
  const descriptions = Object.fromEntries(
    Object.entries(config).map(([key, { description }]) => [key, description] as const),
  );
  return `${JSON.stringify(stackFileSchema(descriptions), undefined, 2)}\n`;
}

if (require.main === module)
  runMain(async () => {
    await writeFile(schemaFile, await currentSchema());
    process.stdout.write(`${PROJECT}: wrote ${schemaFile}\n`);
  });
