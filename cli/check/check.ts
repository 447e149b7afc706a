import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NamedRule } from "../../documents/oathkeeper/ruleIndex";
import type { Cluster } from "../shared/cluster";
import { Failure } from "../shared/failure";
import { printJson } from "../shared/options";
import { progress } from "../shared/progress";
import { allRules } from "../shared/rules";
import { certificateItems, issuersOn } from "./certificates";
import { definitionItems } from "./definition";
import { issuerItems } from "./issuers";
import { itemsOf, namedRule } from "./items";
import { namespaceItems, namespacesOn } from "./namespaces";
import { levelsOf, withoutStops, type PackConfiguration } from "./levels";
import type { PolicyPackChoice, Preview } from "./preview";
import { providerItems } from "./providers";
import { asMarkdown, asText, passes, type Item } from "./report";
import { errorMessage } from "../../documents/shared/errorMessage";

/** How to preview a stack, and how to reach its cluster. */
export interface CheckTarget {
  /** Folder of the compiled policy pack. */
  readonly packFolder: string;
  readonly preview: (pack: PolicyPackChoice) => Promise<Preview>;
  /** The cluster with Rules that the stack does not create. */
  readonly cluster: Cluster;
}

export interface CheckOptions {
  /** Name of the stack, for the report. */
  readonly stack: string;
  /** File with levels and options of policies, as for `pulumi preview --policy-pack-config`. */
  readonly policyConfig?: string | undefined;
  readonly format: "text" | "markdown" | "json";
}

/**
 * Previews a stack with the policy pack, compares its Rules with the cluster's, and prints a report.
 *
 * @returns whether nothing must be fixed
 */
export async function check(target: CheckTarget, options: CheckOptions): Promise<boolean> {
  const configuration = await readConfiguration(options.policyConfig);
  const levels = levelsOf(configuration);
  const display = progress();
  const preview = await display.phase(`preview the stack ${options.stack}`, () =>
    withFile(withoutStops(configuration, levels), (file) =>
      target.preview({ folder: target.packFolder, configuration: file }),
    ),
  );
  const { rules, notes } = await display.phase("read the cluster's Rules", () => rulesOn(target.cluster));
  const issuers = await display.phase("ask the login providers what they call themselves", () =>
    issuerItems(preview.planned),
  );
  const [certificates, namespaces] = await Promise.all([
    certificateItems(preview.planned, issuersOn(target.cluster)),
    namespaceItems(preview.planned, namespacesOn(target.cluster)),
  ]);
  const report = {
    stack: options.stack,
    changes: preview.changes,
    items: [
      ...itemsOf(preview, levels, rules),
      ...definitionItems(preview.planned),
      ...providerItems(preview.planned),
      ...issuers,
      ...certificates,
      ...namespaces,
      ...notes,
    ],
  };
  if (options.format === "json") printJson({ passed: passes(report), ...report });
  else process.stdout.write(`${options.format === "markdown" ? asMarkdown(report) : asText(report)}\n`);
  return passes(report);
}

async function readConfiguration(file: string | undefined): Promise<PackConfiguration> {
  if (file === undefined) return {};
  try {
    return JSON.parse(await readFile(file, "utf8")) as PackConfiguration;
  } catch (error) {
    throw new Failure(`--policy-config ${file}: ${errorMessage(error)}`);
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

/** The cluster's Rules; if it cannot be reached, a note that says so. */
async function rulesOn(cluster: Cluster): Promise<{ rules: NamedRule[]; notes: Item[] }> {
  try {
    return { rules: (await allRules(cluster)).flatMap(namedRule), notes: [] };
  } catch (error) {
    const message = errorMessage(error);
    return { rules: [], notes: [{ level: "note", source: "rules", message: `not compared: ${message}` }] };
  }
}
