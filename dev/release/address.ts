import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../../cli/shared/exec";
import { UsageError } from "../../cli/shared/failure";
import packageJson from "../../package.json";
import { addressOf, pageOf, placeholder, slug, type Address } from "../../package/address";
import { checkout } from "../checkout";
import { runCommand } from "../usage";

const HELP = `usage: address https://github.com/OWNER/NAME

Writes where this project is published from into both packages, the package schema, the templates and the pages.`;

/** The packages that npm publishes, with the folder of each. */
const packages = { "package.json": undefined, "policy/package.json": "policy" } as const;

/** A package.json with the fields that point npm to the repository. */
export function withAddress(text: string, address: Address, directory?: string): string {
  const { name, version, description, license, ...rest } = JSON.parse(text) as Record<string, unknown>;
  const url = `git+${pageOf(address)}.git`;
  const fields = {
    repository: { type: "git", url, ...(directory !== undefined && { directory }) },
    homepage: `${pageOf(address)}#readme`,
    bugs: `${pageOf(address)}/issues`,
  };
  const written = { name, version, description, license, ...fields, ...without(rest, Object.keys(fields)) };
  return `${JSON.stringify(written, undefined, 2)}\n`;
}

/** A text with another address in place of the repository's. */
export function renamed(text: string, from: Address, to: Address): string {
  return text.replaceAll(`github.com/${slug(from)}`, `github.com/${slug(to)}`);
}

function without(value: Readonly<Record<string, unknown>>, keys: readonly string[]): object {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));
}

/** The files of this repository that name an address. */
async function filesWith(address: Address): Promise<string[]> {
  const kinds = ["*.md", "*.yaml", "*.json"];
  const found = await run(
    "git",
    ["grep", "--files-with-matches", "--fixed-strings", `github.com/${slug(address)}`, "--", ...kinds],
    {
      cwd: checkout,
    },
  );
  return found.trim().split("\n");
}

if (require.main === module)
  runCommand(HELP, async () => {
    const [url, ...more] = process.argv.slice(2);
    const to = addressOf(url);
    if (!to || more.length > 0) throw new UsageError(HELP);
    const { repository } = packageJson as { readonly repository?: unknown };
    const from = addressOf(repository) ?? placeholder;
    for (const file of await filesWith(from)) {
      const path = join(checkout, file);
      await writeFile(path, renamed(await readFile(path, "utf8"), from, to));
    }
    for (const [file, directory] of Object.entries(packages)) {
      const path = join(checkout, file);
      await writeFile(path, withAddress(await readFile(path, "utf8"), to, directory));
    }
    // In a separate process, which reads package.json again.
    await run("npm", ["run", "--silent", "settings:schema"], { cwd: checkout });
    await run(
      "npx",
      ["prettier", "--write", "docs", "template", "plugin", "package.json", "policy/package.json"],
      { cwd: checkout },
    );
    process.stdout.write(`${slug(from)} is now ${slug(to)}: look at \`git diff\`\n`);
  });
