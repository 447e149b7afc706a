import { LocalWorkspace } from "@pulumi/pulumi/automation";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ensureCluster, kubectl } from "../dev/cluster";
import { run } from "./shared/exec";
import { Failure } from "./shared/failure";
import { checkout, parseInstanceName } from "../dev/instances";
import { previewStack, type PolicyPackChoice, type Preview } from "../dev/plugins/preview";
import { checkStack, type Overlay } from "../dev/plugins/stackRun";
import { runMain } from "./shared/progress";
import type { NamedRule } from "../documents/oathkeeper/ruleOverlaps";
import { buildPack, packFolder } from "../policy/build";
import { itemsOf, namedRule } from "./check/items";
import { levelsOf, withoutStops, type PackConfiguration } from "./check/levels";
import { asMarkdown, asText, passes, type Item } from "./check/report";
import { plainOverlay, secretOverlay } from "../dev/overlay";

const HELP = `usage: check --stack NAME [--policy-config FILE] [--markdown] [--context NAME]
       check --stack NAME --instance NAME [--config KEY=VALUE]... [--secret KEY=VARIABLE]... [--yes]

Previews a stack with the policy pack and compares its Rules with the cluster's. Changes nothing; ends with 1 where
something must be mended.
  --policy-config FILE  levels and options of policies, as \`pulumi preview --policy-pack-config\` takes them
  --markdown            a report for a pull request
  --context NAME        of the kubeconfig, to read the cluster's Rules
  --instance NAME       a cluster on this machine, with the tooling that \`stack\` uses; else the installed \`pulumi\``;

/** A stack, and how to reach its cluster. */
interface Target {
  readonly preview: (pack: PolicyPackChoice) => Promise<Preview>;
  readonly kubectl: (args: readonly string[]) => Promise<string>;
}

runMain(async () => {
  const { values } = parseArgs({
    options: {
      stack: { type: "string" },
      "policy-config": { type: "string" },
      markdown: { type: "boolean", default: false },
      context: { type: "string" },
      instance: { type: "string" },
      config: { type: "string", multiple: true, default: [] },
      secret: { type: "string", multiple: true, default: [] },
      yes: { type: "boolean", default: false },
    },
  });
  const { stack, instance } = values;
  if (stack === undefined) throw new Failure(HELP);
  const configuration = await readConfiguration(values["policy-config"]);
  const levels = levelsOf(configuration);
  const overlay = { ...plainOverlay(values.config), ...secretOverlay(values.secret) };
  const target =
    instance === undefined
      ? installed(stack, values.context)
      : await onInstance(stack, instance, overlay, values.yes);

  await buildPack();
  const preview = await withFile(withoutStops(configuration, levels), (file) =>
    target.preview({ folder: packFolder, configuration: file }),
  );
  const { rules, notes } = await rulesOn(target);
  const report = {
    stack,
    changes: preview.changes,
    items: [...itemsOf(preview, levels, rules), ...notes],
  };
  process.stdout.write(`${values.markdown ? asMarkdown(report) : asText(report)}\n`);
  if (!passes(report)) process.exitCode = 1;
});

/** The `pulumi` that is installed, with its own login, plugins and kubeconfig. */
function installed(stackName: string, context: string | undefined): Target {
  return {
    preview: async (policyPack) =>
      previewStack(await LocalWorkspace.selectStack({ stackName, workDir: checkout }), { policyPack }),
    kubectl: (args) => run("kubectl", [...args, ...(context === undefined ? [] : ["--context", context])]),
  };
}

async function onInstance(stack: string, name: string, overlay: Overlay, yes: boolean): Promise<Target> {
  const cluster = await ensureCluster({ instance: parseInstanceName(name), yes });
  return {
    preview: (policyPack) => checkStack({ stack, cluster, overlay }, policyPack),
    kubectl: (args) => kubectl(cluster, args),
  };
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
async function rulesOn({ kubectl }: Target): Promise<{ rules: NamedRule[]; notes: Item[] }> {
  const args = ["get", "rules.oathkeeper.ory.sh", "--all-namespaces", "--output", "json"];
  try {
    const { items } = JSON.parse(await kubectl(args)) as { readonly items: readonly unknown[] };
    return { rules: items.flatMap(namedRule), notes: [] };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // A cluster without the definition has no Rule.
    if (message.includes("the server doesn't have a resource type")) return { rules: [], notes: [] };
    return { rules: [], notes: [{ severity: "note", source: "rules", message: `not compared: ${message}` }] };
  }
}
