import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NamedRule } from "../../documents/oathkeeper/ruleIndex";
import { buildPack, packFolder } from "../../policy/build";
import { Failure } from "../shared/failure";
import { itemsOf, namedRule } from "./items";
import { levelsOf, withoutStops, type PackConfiguration } from "./levels";
import type { PolicyPackChoice, Preview } from "./preview";
import { asMarkdown, asText, passes, type Item } from "./report";

/** How a stack is previewed, and how its cluster is asked. */
export interface CheckTarget {
  readonly preview: (pack: PolicyPackChoice) => Promise<Preview>;
  readonly kubectl: (args: readonly string[]) => Promise<string>;
}

export interface CheckOptions {
  /** Name of the stack, for the report. */
  readonly stack: string;
  /** File with levels and options of policies, as `pulumi preview --policy-pack-config` takes them. */
  readonly policyConfig?: string | undefined;
  /** Whether the report is Markdown instead of plain text. */
  readonly markdown: boolean;
}

/**
 * Previews a stack with the policy pack, compares its Rules with the cluster's, and prints a report.
 *
 * @returns whether nothing must be mended
 */
export async function check(target: CheckTarget, options: CheckOptions): Promise<boolean> {
  const configuration = await readConfiguration(options.policyConfig);
  const levels = levelsOf(configuration);
  await buildPack();
  const preview = await withFile(withoutStops(configuration, levels), (file) =>
    target.preview({ folder: packFolder, configuration: file }),
  );
  const { rules, notes } = await rulesOn(target);
  const report = {
    stack: options.stack,
    changes: preview.changes,
    items: [...itemsOf(preview, levels, rules), ...notes],
  };
  process.stdout.write(`${options.markdown ? asMarkdown(report) : asText(report)}\n`);
  return passes(report);
}

async function readConfiguration(file: string | undefined): Promise<PackConfiguration> {
  if (file === undefined) return {};
  try {
    return JSON.parse(await readFile(file, "utf8")) as PackConfiguration;
  } catch (error) {
    throw new Failure(`--policy-config ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function withFile<T>(content: unknown, use: (file: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "portcullis-check-"));
  const file = join(folder, "policies.json");
  try {
    await writeFile(file, JSON.stringify(content));
    return await use(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The cluster's Rules; where it cannot be asked, a note that says so. */
async function rulesOn({ kubectl }: CheckTarget): Promise<{ rules: NamedRule[]; notes: Item[] }> {
  const args = ["get", "rules.oathkeeper.ory.sh", "--all-namespaces", "--output", "json"];
  try {
    const { items } = JSON.parse(await kubectl(args)) as { readonly items: readonly unknown[] };
    return { rules: items.flatMap(namedRule), notes: [] };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // A cluster without the definition has no Rule.
    if (message.includes("the server doesn't have a resource type")) return { rules: [], notes: [] };
    return { rules: [], notes: [{ level: "note", source: "rules", message: `not compared: ${message}` }] };
  }
}
