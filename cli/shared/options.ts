import { Option } from "@commander-js/extra-typings";

/** Options that several commands have. */
export const options = {
  stack: () =>
    new Option(
      "--stack <name>",
      "the outputs of this stack, as `pulumi stack output` reads them in this folder",
    ),
  outputs: () =>
    new Option("--outputs <file>", "the same from a file, as `pulumi stack output --json` prints them"),
  kubeconfig: (purpose: string) => new Option("--kubeconfig <file>", purpose),
  context: () => new Option("--context <name>", "context of the kubeconfig instead of its current one"),
  yes: () => new Option("--yes", "use the cluster of the kubeconfig without asking"),
  dryRun: () =>
    new Option("--dry-run", "change nothing, and exit with another code if something would change"),
  json: () => new Option("--json", "print the result as JSON").conflicts("markdown"),
  markdown: () => new Option("--markdown", "print the result as Markdown, for a pull request"),
} as const;

/** Prints a result as JSON. */
export function printJson(result: unknown): void {
  process.stdout.write(`${JSON.stringify(result, undefined, 2)}\n`);
}
